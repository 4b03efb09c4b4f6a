import { messagesOf } from '../../frames.ts';
import { PayloadReader } from '../../mysql/packet.ts';
import { mysqlFraming } from '../../mysql/statements.ts';

// Source: MySQL source documentation, "Text Protocol", "OK_Packet", "EOF_Packet".

const status = { inTransaction: 0x0001, moreResults: 0x0008 } as const;
const longestPacket = 0xffffff;

/** How a command is answered. */
export type ResponseShape =
  /** An OK or an ERR packet. */
  | 'word'
  /** A packet of any kind. */
  | 'text'
  /** Column definitions up to an EOF packet. */
  | 'fields'
  /** One or more results: each an OK packet, or columns and rows. */
  | 'results';

export interface ResponseEnd {
  readonly failed: boolean;
  /** Undefined where the answer does not say. */
  readonly inTransaction: boolean | undefined;
}

/** Watches one answer of the engine go by, and says when it is over. */
export class ResponseWatcher {
  readonly #shape: ResponseShape;
  readonly #deprecatesEof: boolean;
  readonly #onEnd: (end: ResponseEnd) => void;
  #phase: 'first' | 'columns' | 'columns end' | 'rows' = 'first';
  #columns = 0;
  #continues = false;

  constructor(shape: ResponseShape, deprecatesEof: boolean, onEnd: (end: ResponseEnd) => void) {
    this.#shape = shape;
    this.#deprecatesEof = deprecatesEof;
    this.#onEnd = onEnd;
  }

  /** Takes what the engine sends. */
  readonly push = messagesOf(mysqlFraming, (head, start) => this.#onPacket(start, mysqlFraming.bodyLength(head)));

  #onPacket(start: Buffer, size: number): void {
    const isContinuation = this.#continues;
    this.#continues = size === longestPacket;
    if (isContinuation) return;
    const kind = start[0];
    const isError = kind === 0xff && this.#shape !== 'text';
    if (isError || this.#shape === 'text' || (this.#shape === 'fields' && kind === 0xfe && size < 9)) {
      this.#onEnd({ failed: isError, inTransaction: undefined });
    } else if (this.#shape !== 'fields') {
      this.#onResult(kind, start, size);
    }
  }

  #onResult(kind: number | undefined, start: Buffer, size: number): void {
    switch (this.#phase) {
      case 'first':
        if (kind === 0x00 || kind === 0xfe) {
          this.#onStatus(okStatus(start));
        } else {
          this.#columns = lengthEncodedInteger(new PayloadReader(start));
          this.#phase = 'columns';
        }
        return;
      case 'columns':
        if (--this.#columns === 0) this.#phase = this.#deprecatesEof ? 'rows' : 'columns end';
        return;
      case 'columns end':
        this.#phase = 'rows';
        return;
      case 'rows':
        if (kind !== 0xfe || size === longestPacket) return;
        if (this.#deprecatesEof) this.#onStatus(okStatus(start));
        else if (size < 9) this.#onStatus(start.readUInt16LE(3));
    }
  }

  #onStatus(flags: number): void {
    this.#phase = 'first';
    if (flags & status.moreResults) return;
    this.#onEnd({ failed: false, inTransaction: (flags & status.inTransaction) !== 0 });
  }
}

function okStatus(payload: Buffer): number {
  const reader = new PayloadReader(payload);
  reader.bytes(1);
  lengthEncodedInteger(reader);
  lengthEncodedInteger(reader);
  return reader.int(2);
}

/** Those of eight bytes lose precision; nobody here needs it. */
function lengthEncodedInteger(reader: PayloadReader): number {
  const first = reader.int(1);
  if (first < 0xfb) return first;
  const size = { 252: 2, 253: 3, 254: 8 }[first] ?? 0;
  return reader.bytes(size).reduceRight((value, byte) => value * 256 + byte, 0);
}
