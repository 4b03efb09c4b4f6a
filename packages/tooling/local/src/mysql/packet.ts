import type { Readable } from 'node:stream';
import { readExactly } from '../streams.ts';

// Source of everything here: MySQL source documentation, "Client/Server Protocol", "MySQL Packets" and "Protocol Basics".

/** One packet of the login phase; those are never long enough to be split. */
export interface Packet {
  readonly sequence: number;
  readonly payload: Buffer;
}

/** First bytes of payloads. */
export const header = { ok: 0x00, moreData: 0x01, authSwitch: 0xfe, error: 0xff } as const;

const longestLoginPacket = 65_536;

export async function readPacket(stream: Readable): Promise<Packet> {
  const head = await readExactly(stream, 4);
  const length = head.readUIntLE(0, 3);
  if (length > longestLoginPacket) throw new Error('not a MySQL login packet');
  return { sequence: head[3]!, payload: await readExactly(stream, length) };
}

/** A payload with its header. */
export function packet(sequence: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUIntLE(payload.length, 0, 3);
  head[3] = sequence & 0xff;
  return Buffer.concat([head, payload]);
}

/** An OK_Packet's payload: nothing affected, autocommit, no warnings. */
export const okPayload = (): Buffer => Buffer.from([header.ok, 0, 0, 2, 0, 0, 0]);

/** An ERR_Packet's payload. */
export function errorPayload(errno: number, sqlState: string, text: string): Buffer {
  const code = Buffer.alloc(2);
  code.writeUInt16LE(errno);
  return Buffer.concat([Buffer.from([header.error]), code, Buffer.from(`#${sqlState}${text}`)]);
}

/** Reads a payload from front to back. */
export class PayloadReader {
  readonly #payload: Buffer;
  #position = 0;

  constructor(payload: Buffer) {
    this.#payload = payload;
  }

  bytes(size: number): Buffer {
    const end = this.#position + size;
    if (end > this.#payload.length) throw new Error('a MySQL packet is too short');
    const bytes = this.#payload.subarray(this.#position, end);
    this.#position = end;
    return bytes;
  }

  int(size: 1 | 2 | 4): number {
    return this.bytes(size).readUIntLE(0, size);
  }

  /** A string that ends with a zero byte, or with the payload. */
  cstring(): string {
    const found = this.#payload.indexOf(0, this.#position);
    const end = found < 0 ? this.#payload.length : found;
    const text = this.#payload.toString('utf8', this.#position, end);
    this.#position = Math.min(end + 1, this.#payload.length);
    return text;
  }

  /** Bytes after a length in MySQL's variable-length encoding. Login packets hold none beyond 64 KiB. */
  lengthEncoded(): Buffer {
    const first = this.int(1);
    return this.bytes(first === 0xfc ? this.int(2) : first);
  }

  rest(): Buffer {
    return this.bytes(this.#payload.length - this.#position);
  }
}
