import type { Duplex, Readable } from 'node:stream';

/** The other side went away before it had sent all that was waited for. */
export class ClosedEarly extends Error {
  override name = 'ClosedEarly';
  constructor() {
    super('the connection was closed before the login was complete');
  }
}

/**
 * Reads exactly `size` bytes. What came in the same chunk behind them stays in the stream's own buffer, so that a TLS
 * upgrade or a pipe that follows misses nothing.
 */
export async function readExactly(stream: Readable, size: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let missing = size;
  while (missing > 0) {
    // What is there, be it only a part: a stream that is asked for more than it has says at once that it is readable.
    const part: Buffer | null = stream.read(Math.min(missing, stream.readableLength));
    if (part) {
      parts.push(part);
      missing -= part.length;
    } else if (stream.readableEnded || stream.destroyed) {
      throw new ClosedEarly();
    } else {
      await readable(stream);
    }
  }
  return Buffer.concat(parts);
}

function readable(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    const events = ['readable', 'end', 'close', 'error'];
    const done = () => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
}

/** Says a last word and closes. What the other side still sends is read and dropped, so that its own end is seen. */
export function hangUp(stream: Duplex, lastWord: Buffer): void {
  stream.end(lastWord);
  stream.resume();
}

/** Joins two connections byte by byte, in both directions, until either ends; then ends the other. */
export function splice(one: Duplex, other: Duplex): void {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ] as const) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    // After a clean end `pipe` has already passed the end on, behind the last bytes.
    from.on('close', () => {
      if (!from.readableEnded) to.destroy();
    });
  }
}
