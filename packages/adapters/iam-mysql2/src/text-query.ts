import { readLengthInteger } from './length-integer.ts';
import type {
  IncomingPacket,
  Mysql2Command,
  Mysql2Connection,
  Mysql2Error,
  OutgoingPacket,
} from './mysql2-connection.ts';

/** A column as the server describes it (Protocol::ColumnDefinition41). */
export interface ColumnDefinition {
  readonly name: string;
  /** The type byte, `MYSQL_TYPE_…`. */
  readonly type: number;
  readonly flags: number;
  /** Id of the collation; 63 is binary. */
  readonly charset: number;
  /** Most bytes of a value. */
  readonly length: number;
  readonly decimals: number;
}

/** How a statement ended. */
export interface Completion {
  readonly rowsAffected: number;
  /** Unsigned, 64 bits; 0 where the statement generated no id. */
  readonly insertId: bigint;
}

/** Follows the answer to a statement. A `CALL` answers with any number of results. */
export interface AnswerListener {
  /** A result with these columns begins. */
  onColumns(columns: readonly ColumnDefinition[]): void;
  /** A row of it: the values, one after the other, from `packet.offset` on. */
  onRow(packet: IncomingPacket): void;
  onEnd(completion: Completion): void;
  /** The server answered with an error; the connection goes on. */
  onServerError(error: Mysql2Error): void;
  /** The connection is gone. Where the statement was sent, nobody knows what became of it. */
  onLost(error: Mysql2Error, sent: boolean): void;
}

/** Status flag: a transaction is open on the connection. */
export const IN_TRANSACTION = 0x0001;
const MORE_RESULTS = 0x0008;
const QUERY_ATTRIBUTES = 0x0800_0000;
const COM_QUERY = 3;
const LONGEST_PACKET = 0xff_ffff;

type Stage = 'header' | 'columns' | 'end of columns' | 'rows';

/**
 * One statement in MySQL's text protocol (COM_QUERY), as a command for mysql2's queue. mysql2's own command hides the
 * status flags of a result, by which a lost transaction is noticed; rounds the insert id; decides about the type
 * of every cell anew; and hands the text, values included, to errors and tracing channels.
 */
export class TextQuery implements Mysql2Command {
  readonly #text: string;
  readonly #listener: AnswerListener;
  readonly #onStatus: (status: number | undefined, error?: Mysql2Error) => void;
  #sent = false;
  #stage: Stage = 'header';
  #columns: ColumnDefinition[] = [];
  #columnsLeft = 0;

  /** `onStatus` is told the server's status flags after the statement; undefined after an error, which has none. */
  constructor(
    text: string,
    listener: AnswerListener,
    onStatus: (status: number | undefined, error?: Mysql2Error) => void,
  ) {
    this.#text = text;
    this.#listener = listener;
    this.#onStatus = onStatus;
  }

  execute(packet: IncomingPacket | undefined, connection: Mysql2Connection): boolean {
    if (packet === undefined) {
      this.#sent = true;
      connection._resetSequenceId();
      const attributes = (connection.config.clientFlags & connection.serverCapabilityFlags & QUERY_ATTRIBUTES) !== 0;
      connection.writePacket(queryPacket(this.#text, attributes));
      return false;
    }
    if (packet.isError()) {
      const error = packet.asError('utf8');
      this.#onStatus(undefined, error);
      this.#listener.onServerError(error);
      return true;
    }
    switch (this.#stage) {
      case 'header':
        return this.#header(packet);
      case 'columns':
        this.#columns.push(columnDefinition(packet));
        if (--this.#columnsLeft === 0) this.#stage = 'end of columns';
        return false;
      case 'end of columns':
        this.#listener.onColumns(this.#columns);
        this.#stage = 'rows';
        return false;
      case 'rows':
        if (!packet.isEOF()) {
          this.#listener.onRow(packet);
          return false;
        }
        return this.#end(packet.eofStatusFlags(), NO_ROWS_AFFECTED);
    }
  }

  onResult(error: Error): void {
    this.#listener.onLost(error, this.#sent);
  }

  #header(packet: IncomingPacket): boolean {
    const marker = packet.buffer[packet.offset];
    if (marker === 0x00) {
      const completion = completionOf(packet);
      return this.#end(packet.buffer.readUInt16LE(packet.offset), completion);
    }
    // LOCAL INFILE was never offered: a server that asks for a file all the same is not to be talked to.
    if (marker === 0xfb) throw new Error('The server asked for a local file.');
    this.#columnsLeft = Number(readLengthInteger(packet));
    this.#columns = [];
    this.#stage = 'columns';
    return false;
  }

  #end(status: number, completion: Completion): boolean {
    if ((status & MORE_RESULTS) !== 0) {
      this.#stage = 'header';
      return false;
    }
    this.#onStatus(status);
    this.#listener.onEnd(completion);
    return true;
  }
}

/** The statement behind 4 bytes for the header; with query attributes negotiated, their number (0) and set count (1). */
function queryPacket(text: string, attributes: boolean): OutgoingPacket {
  const start = attributes ? 7 : 5;
  const buffer = Buffer.allocUnsafe(start + Buffer.byteLength(text));
  buffer[4] = COM_QUERY;
  if (attributes) {
    buffer[5] = 0;
    buffer[6] = 1;
  }
  buffer.write(text, start);
  const payload = buffer.length - 4;
  return {
    buffer,
    // mysql2 cuts what is longer than a packet, and sends an empty one behind a full last one only if told of a byte more.
    length: () => (payload % LONGEST_PACKET === 0 ? payload + 1 : payload),
    writeHeader: (sequenceId) => {
      buffer.writeUIntLE(payload, 0, 3);
      buffer[3] = sequenceId;
    },
  };
}

/** Reads Protocol::OK_Packet as far as the status flags, where `packet.offset` is left. */
function completionOf(packet: IncomingPacket): Completion {
  packet.offset++;
  const rowsAffected = Number(readLengthInteger(packet));
  return { rowsAffected, insertId: BigInt(readLengthInteger(packet)) };
}

const NO_ROWS_AFFECTED: Completion = { rowsAffected: 0, insertId: 0n };

/** Catalog, schema, table and their original names come before the column's name and are passed over. */
function columnDefinition(packet: IncomingPacket): ColumnDefinition {
  for (let skipped = 0; skipped < 4; skipped++) skipText(packet);
  const nameLength = Number(readLengthInteger(packet));
  const name = packet.buffer.toString('utf8', packet.offset, packet.offset + nameLength);
  packet.offset += nameLength;
  skipText(packet);
  const { buffer } = packet;
  // One byte tells the length of the fixed fields that follow.
  const fixed = packet.offset + 1;
  return {
    name,
    charset: buffer.readUInt16LE(fixed),
    length: buffer.readUInt32LE(fixed + 2),
    type: buffer[fixed + 6]!,
    flags: buffer.readUInt16LE(fixed + 7),
    decimals: buffer[fixed + 9]!,
  };
}

function skipText(packet: IncomingPacket): void {
  const length = Number(readLengthInteger(packet));
  packet.offset += length;
}
