import { untilAborted } from '@sqlport/core/spi';
import { statementTooLong } from './error.ts';
import type { PhysicalConnection } from './physical-connection.ts';

/** No MySQL server has a lower `max_allowed_packet` unless its owner wanted it: 1 MiB. */
const SURELY_ACCEPTED = 1024 * 1024;

/** Of `max_allowed_packet`, a few bytes go to the protocol; more for a statement that needs several packets of it. */
const PROTOCOL_BYTES = 16;

/**
 * Refuses a statement that is longer than the server accepts, before it is sent: the server would hang up in the
 * middle of it, and nobody would know why. The server is asked for its limit once, by the first long statement.
 */
export class PacketLimit {
  #limit: number | undefined;

  /** Throws `DATA` with outcome `not-applied`. */
  async check(text: string, connection: PhysicalConnection, signal: AbortSignal | undefined): Promise<void> {
    // A character has 3 bytes at the most (4 where it counts as two): most texts need not be measured.
    if (text.length * 3 < SURELY_ACCEPTED) return;
    const bytes = Buffer.byteLength(text);
    if (bytes < SURELY_ACCEPTED) return;
    this.#limit ??= await untilAborted(askLimit(connection), signal, 'not-applied', () => connection.destroy());
    if (bytes > this.#limit - PROTOCOL_BYTES) throw statementTooLong(bytes, this.#limit);
  }
}

async function askLimit(connection: PhysicalConnection): Promise<number> {
  const { rows } = await connection.query('SELECT @@max_allowed_packet');
  return Number(rows[0]?.[0]);
}
