import type {
  Driver,
  DriverTransaction,
  ExecuteOptions,
  RawPage,
  RawResult,
  Statement,
  StreamPageOptions,
  TransactionOptions,
  ValueOptions,
} from '@sqlport/core/spi';
import { untilAborted } from '@sqlport/core/spi';
import type { Lease, Use } from '@sqlport/core/spi/pool';
import { cancelStatement, type OpenBeside } from './cancel.ts';
import { type EncodedStatement, encode, placeOf } from './encode.ts';
import { transactionGone } from './error.ts';
import { giveBackAfter } from './give-back.ts';
import { PacketLimit } from './packet-limit.ts';
import type { PhysicalConnection } from './physical-connection.ts';
import { streamPages } from './stream.ts';
import { beginTransaction } from './transaction.ts';

/** Where connections come from: a pool of our own, or the user's. */
export interface ConnectionSource {
  /** Lends a connection, ready for statements. Throws with outcome `not-applied`. */
  acquire(signal: AbortSignal | undefined, use: Use): Promise<Lease<PhysicalConnection>>;
  close(): Promise<void>;
}

/** Runs statements on physical connections, each borrowed for as long as the statement, transaction or stream takes. */
export class Mysql2Driver implements Driver {
  readonly #source: ConnectionSource;
  readonly #values: ValueOptions;
  readonly #openBeside: OpenBeside | undefined;
  readonly #packetLimit = new PacketLimit();
  /** Statements that are being stopped behind their callers' backs. */
  readonly #stopping = new Set<Promise<void>>();

  /** `openBeside`: how to reach the same server for KILL; undefined where that is not possible. */
  constructor(source: ConnectionSource, values: ValueOptions, openBeside: OpenBeside | undefined) {
    this.#source = source;
    this.#values = values;
    this.#openBeside = openBeside;
  }

  async execute(statement: Statement, { signal }: ExecuteOptions): Promise<RawResult> {
    const encoded = encode(statement);
    const lease = await this.#source.acquire(signal, 'statement');
    const { connection } = lease;
    let abandoned = false;
    try {
      await this.#packetLimit.check(encoded.text, connection, signal);
      const answer = connection.query(encoded.text, placeOf(encoded, 'statement'));
      const result = await untilAborted(answer, signal, 'unknown', () => {
        abandoned = true;
        this.#stop(lease, encoded, answer);
      });
      if (connection.inTransaction) throw transactionGone(LEFT_OPEN, 'unknown');
      return result;
    } finally {
      if (!abandoned) giveBack(lease, encoded);
    }
  }

  async *stream(statement: Statement, options: StreamPageOptions): AsyncGenerator<RawPage, void, undefined> {
    const encoded = encode(statement);
    const lease = await this.#source.acquire(options.signal, 'stream');
    yield* streamPages(lease.connection, encoded, options, this.#values, 'statement', {
      completed: () => giveBack(lease, encoded),
      abandoned: (answered) => this.#stop(lease, encoded, answered),
    });
  }

  async begin(options: TransactionOptions, { signal }: ExecuteOptions): Promise<DriverTransaction> {
    const lease = await this.#source.acquire(signal, 'transaction');
    return beginTransaction(lease, options, signal, {
      values: this.#values,
      packetLimit: this.#packetLimit,
      openBeside: this.#openBeside,
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#stopping);
    await this.#source.close();
  }

  /** Stops what runs on the connection, which is given back only where the server acknowledged that. */
  #stop(lease: Lease<PhysicalConnection>, statement: EncodedStatement, answer: Promise<unknown>): void {
    const stopping = cancelStatement(lease.connection, answer, this.#openBeside).then((usable) => {
      this.#stopping.delete(stopping);
      if (usable) giveBack(lease, statement);
      else lease.destroy();
    });
    this.#stopping.add(stopping);
  }
}

const LEFT_OPEN =
  'The procedure left a transaction open; what it had not committed was rolled back. Let it end with COMMIT, or call it inside transaction().';

/** Gives a connection back, without a transaction that a procedure may have begun, and never with other settings. */
function giveBack(lease: Lease<PhysicalConnection>, { callsProcedure, changesSession }: EncodedStatement): void {
  const { connection } = lease;
  const clean = connection.inTransaction === false || (connection.inTransaction === undefined && !callsProcedure);
  if (changesSession) lease.destroy();
  else if (clean || !connection.isAlive) lease.release();
  else void giveBackAfter(lease, connection.query('ROLLBACK'));
}
