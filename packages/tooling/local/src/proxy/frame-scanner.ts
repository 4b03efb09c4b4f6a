/** How a protocol cuts its stream of bytes into messages. */
export interface Framing {
  readonly headerSize: number;
  /** The number of bytes behind the header. */
  readonly bodySize: (header: Buffer) => number;
  /** How many bytes of a body are wanted. */
  readonly wanted: number;
}

/** PostgreSQL: a type, and a length that counts itself. */
export const postgresFraming: Framing = {
  headerSize: 5,
  bodySize: (header) => header.readUInt32BE(1) - 4,
  wanted: 1,
};

/** MySQL: three bytes of length, and a sequence number. */
export const mysqlFraming: Framing = {
  headerSize: 4,
  bodySize: (header) => header.readUIntLE(0, 3),
  wanted: 64,
};

/** Watches a stream of messages go by, and keeps of each the beginning only. */
export class FrameScanner {
  readonly #framing: Framing;
  readonly #onFrame: (header: Buffer, start: Buffer, size: number) => void;
  #header = Buffer.alloc(0);
  #start = Buffer.alloc(0);
  #rest = 0;

  /** `onFrame` is called at the end of each message. */
  constructor(framing: Framing, onFrame: (header: Buffer, start: Buffer, size: number) => void) {
    this.#framing = framing;
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    const { headerSize, bodySize, wanted } = this.#framing;
    let at = 0;
    // A message may end with its header.
    while (at < chunk.length || (this.#header.length === headerSize && this.#rest === 0)) {
      if (this.#header.length < headerSize) {
        const part = chunk.subarray(at, at + headerSize - this.#header.length);
        this.#header = Buffer.concat([this.#header, part]);
        at += part.length;
        if (this.#header.length < headerSize) return;
        this.#rest = bodySize(this.#header);
      }
      const part = chunk.subarray(at, at + this.#rest);
      if (this.#start.length < wanted) {
        this.#start = Buffer.concat([this.#start, part.subarray(0, wanted - this.#start.length)]);
      }
      at += part.length;
      this.#rest -= part.length;
      if (this.#rest > 0) return;
      const [header, start] = [this.#header, this.#start];
      this.#header = Buffer.alloc(0);
      this.#start = Buffer.alloc(0);
      this.#onFrame(header, start, bodySize(header));
    }
  }
}
