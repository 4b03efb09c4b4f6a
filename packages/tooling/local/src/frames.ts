/** How one protocol packs its messages. */
export interface Framing {
  /** Bytes before the body. */
  readonly headLength: number;
  /** Length of the body that follows a head. */
  bodyLength(head: Buffer): number;
}

/** Of a longer body only the beginning is kept. */
const mostKept = 65_536;

/**
 * Cuts a stream of bytes into messages without delaying it: a listener for `data` that calls `onMessage` with each head
 * and the beginning of its body.
 */
export function messagesOf(framing: Framing, onMessage: (head: Buffer, body: Buffer) => void): (chunk: Buffer) => void {
  let head = Buffer.alloc(0);
  let body: Buffer[] = [];
  let kept = 0;
  let left: number | undefined;
  return (chunk) => {
    let rest = chunk;
    while (rest.length > 0) {
      if (left === undefined) {
        const missing = framing.headLength - head.length;
        head = Buffer.concat([head, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (head.length < framing.headLength) return;
        left = framing.bodyLength(head);
      }
      const part = rest.subarray(0, left);
      rest = rest.subarray(part.length);
      left -= part.length;
      if (kept < mostKept) body.push(Buffer.from(part.subarray(0, mostKept - kept)));
      kept += part.length;
      if (left > 0) return;
      onMessage(head, Buffer.concat(body));
      head = Buffer.alloc(0);
      body = [];
      kept = 0;
      left = undefined;
    }
  };
}
