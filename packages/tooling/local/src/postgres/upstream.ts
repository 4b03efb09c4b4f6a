import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { type ScramExchange, scramExchange } from './scram.ts';
import { cstring, int32, message, readMessage } from './wire.ts';

export interface UpstreamLogin {
  readonly accepted: boolean;
  /** What the engine said that its client has to see: AuthenticationOk and what came before it, or the error. */
  readonly reply: Buffer;
}

/**
 * Logs in to the engine, whichever way it asks for the password.
 *
 * @param upstream a fresh connection to the engine
 * @param startup the client's own start-up packet, replayed as it is
 */
export async function logInUpstream(
  upstream: Duplex,
  startup: Buffer,
  user: string,
  password: string,
): Promise<UpstreamLogin> {
  upstream.write(startup);
  const reply: Buffer[] = [];
  let scram: ScramExchange | undefined;
  for (;;) {
    const received = await readMessage(upstream);
    if (received.type === 'E') return { accepted: false, reply: Buffer.concat([...reply, received.bytes]) };
    if (received.type !== 'R') {
      reply.push(received.bytes);
      continue;
    }
    const rest = received.body.subarray(4);
    switch (received.body.readUInt32BE(0)) {
      case 0:
        return { accepted: true, reply: Buffer.concat([...reply, received.bytes]) };
      case 3:
        upstream.write(message('p', cstring(password)));
        break;
      case 5:
        upstream.write(message('p', cstring(`md5${md5(md5(password + user), rest)}`)));
        break;
      case 10: {
        scram = scramExchange(password);
        const first = Buffer.from(scram.first);
        upstream.write(message('p', Buffer.concat([cstring('SCRAM-SHA-256'), int32(first.length), first])));
        break;
      }
      case 11:
        upstream.write(message('p', Buffer.from(scram!.final(rest.toString()))));
        break;
      case 12:
        scram!.verify(rest.toString());
        break;
      default:
        throw new Error('the engine asks for a kind of login that sqlport local does not know');
    }
  }
}

const md5 = (text: string, salt: Uint8Array = new Uint8Array()): string =>
  createHash('md5').update(text).update(salt).digest('hex');
