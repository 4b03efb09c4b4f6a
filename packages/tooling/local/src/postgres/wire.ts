import type { Readable } from 'node:stream';
import { readExactly } from '../streams.ts';

// Source of everything here: PostgreSQL documentation, "Frontend/Backend Protocol", "Message Formats".

/** Codes that stand where the protocol version stands in a first packet. */
export const requestCode = { cancel: 80877102, ssl: 80877103, gssEncryption: 80877104 } as const;

/** A first packet: has no type byte. */
export interface FirstPacket {
  /** The protocol version, or one of {@link requestCode}. */
  readonly code: number;
  /** The whole packet, its length included, to be sent on as it is. */
  readonly bytes: Buffer;
}

export interface Message {
  /** One character. */
  readonly type: string;
  readonly body: Buffer;
  /** The whole message, to be sent on as it is. */
  readonly bytes: Buffer;
}

const longestFirstPacket = 10_000;
const longestLoginMessage = 65_536;

/** Reads the first packet of a connection. Throws when it cannot be one. */
export async function readFirstPacket(stream: Readable): Promise<FirstPacket> {
  const head = await readExactly(stream, 8);
  const length = head.readUInt32BE(0);
  if (length < 8 || length > longestFirstPacket) throw new Error('not a PostgreSQL start-up packet');
  const rest = await readExactly(stream, length - 8);
  return { code: head.readUInt32BE(4), bytes: Buffer.concat([head, rest]) };
}

/** Reads the `name\0value\0…\0` pairs of a start-up packet. */
export function startupParameters(packet: FirstPacket): Map<string, string> {
  const words = packet.bytes.toString('utf8', 8).split('\0');
  const parameters = new Map<string, string>();
  for (let i = 0; i + 1 < words.length && words[i] !== ''; i += 2) parameters.set(words[i]!, words[i + 1]!);
  return parameters;
}

/** Reads one message: one of the login phase, unless a longer one is allowed. */
export async function readMessage(stream: Readable, longest = longestLoginMessage): Promise<Message> {
  const head = await readExactly(stream, 5);
  const length = head.readUInt32BE(1);
  if (length < 4 || length > longest) throw new Error('not a PostgreSQL message');
  const body = await readExactly(stream, length - 4);
  return { type: String.fromCharCode(head[0]!), body, bytes: Buffer.concat([head, body]) };
}

/** Builds one message. */
export function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const authenticationOk = message('R', int32(0));

export const cstring = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf8');

/** An ErrorResponse that ends the connection. */
export const fatalError = (sqlState: string, text: string): Buffer =>
  message('E', Buffer.concat([...['SFATAL', 'VFATAL', `C${sqlState}`, `M${text}`].map(cstring), Buffer.from([0])]));
