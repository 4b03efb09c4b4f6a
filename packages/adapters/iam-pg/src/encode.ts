import { postgresText, type SqlValue } from '@sqlport/dialect';

const SCRATCH_BYTES = 16_384;

/**
 * Writes messages of PostgreSQL's extended query protocol one behind the other, so that a whole exchange is one
 * write to the socket. Formats: "Message Formats" in PostgreSQL's manual.
 */
export class MessageWriter {
  #bytes = Buffer.allocUnsafe(SCRATCH_BYTES);
  #length = 0;

  /** Begins anew, also after an exchange whose parameters could not be written. */
  reset(): void {
    this.#length = 0;
  }

  /** Prepares a text under a name; '' is the unnamed statement. No types are given: the server infers them. */
  parse(statement: string, text: string): void {
    const start = this.#begin(0x50);
    this.#string(statement);
    this.#string(text);
    this.#int16(0);
    this.#end(start);
  }

  /** Binds parameters as text to a prepared statement; results are asked for as text too. */
  bind(portal: string, statement: string, params: readonly SqlValue[]): void {
    const start = this.#begin(0x42);
    this.#string(portal);
    this.#string(statement);
    this.#int16(0);
    this.#int16(params.length);
    for (const param of params) {
      const text = postgresText(param);
      if (text === null) this.#int32(-1);
      else {
        const at = this.#reserve(4);
        this.#utf8(text);
        this.#bytes.writeInt32BE(this.#length - at - 4, at);
      }
    }
    this.#int16(0);
    this.#end(start);
  }

  /** Asks for the columns of a portal. */
  describe(portal: string): void {
    const start = this.#begin(0x44);
    this.#byte(0x50);
    this.#string(portal);
    this.#end(start);
  }

  /** Runs a portal, until it has given `maxRows` rows; 0: to its end. */
  execute(portal: string, maxRows: number): void {
    const start = this.#begin(0x45);
    this.#string(portal);
    this.#int32(maxRows);
    this.#end(start);
  }

  /** Frees a statement (`S`) or a portal (`P`); no error where it is not there. */
  close(kind: 'S' | 'P', name: string): void {
    const start = this.#begin(0x43);
    this.#byte(kind.charCodeAt(0));
    this.#string(name);
    this.#end(start);
  }

  /** Ends the exchange: the server commits what is in no open transaction, and answers ReadyForQuery. */
  sync(): void {
    this.#end(this.#begin(0x53));
  }

  /** What was written since the last time. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    // The socket may keep what it gets until it can send it: large texts are handed over, small ones copied.
    if (taken.length <= SCRATCH_BYTES / 4) return Buffer.from(taken);
    this.#bytes = Buffer.allocUnsafe(SCRATCH_BYTES);
    return taken;
  }

  #begin(type: number): number {
    this.#byte(type);
    return this.#reserve(4);
  }

  /** A message's length counts itself, but not the type before it. */
  #end(start: number): void {
    this.#bytes.writeInt32BE(this.#length - start, start);
  }

  #reserve(size: number): number {
    const at = this.#length;
    if (at + size > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, at + size));
      this.#bytes.copy(larger, 0, 0, at);
      this.#bytes = larger;
    }
    this.#length = at + size;
    return at;
  }

  #byte(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  #int16(value: number): void {
    const at = this.#reserve(2);
    this.#bytes.writeUInt16BE(value, at);
  }

  #int32(value: number): void {
    const at = this.#reserve(4);
    this.#bytes.writeInt32BE(value, at);
  }

  /** A string with a NUL behind it. */
  #string(text: string): void {
    this.#utf8(text);
    this.#byte(0);
  }

  #utf8(text: string): void {
    // A UTF-16 unit takes three bytes of UTF-8 at the most.
    const at = this.#reserve(text.length * 3);
    this.#length = at + this.#bytes.write(text, at);
  }
}
