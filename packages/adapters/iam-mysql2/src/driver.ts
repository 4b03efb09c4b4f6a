import type {
  Driver,
  DriverTransaction,
  ExecuteOptions,
  RawPage,
  RawResult,
  Route,
  Statement,
  StreamPageOptions,
  TransactionOptions,
  ValueOptions,
} from '@sqlport/core/spi';
import { untilAborted } from '@sqlport/core/spi';
import { type Lease, meansFailover, type Use } from '@sqlport/core/spi/pool';
import { cancelStatement } from './cancel.ts';
import { type EncodedStatement, encode, placeOf } from './encode.ts';
import { transactionGone } from './error.ts';
import { giveBackAfter } from './give-back.ts';
import { PacketLimit } from './packet-limit.ts';
import type { PhysicalConnection } from './physical-connection.ts';
import { streamPages } from './stream.ts';
import { beginTransaction } from './transaction.ts';

/** Where connections come from: pools of our own, or the user's. */
export interface ConnectionSource {
  /** Lends a connection, ready for statements. Throws with outcome `not-applied`. */
  acquire(signal: AbortSignal | undefined, use: Use, route: Route | undefined): Promise<Lease<PhysicalConnection>>;
  close(): Promise<void>;
}

/** Runs statements on physical connections, each borrowed for as long as the statement, transaction or stream takes. */
export class Mysql2Driver implements Driver {
  readonly #source: ConnectionSource;
  readonly #values: ValueOptions;
  readonly #packetLimit = new PacketLimit();
  /** Statements that are being stopped behind their callers' backs. */
  readonly #stopping = new Set<Promise<void>>();

  constructor(source: ConnectionSource, values: ValueOptions) {
    this.#source = source;
    this.#values = values;
  }

  async execute(statement: Statement, { signal, route }: ExecuteOptions): Promise<RawResult> {
    const encoded = encode(statement);
    const lease = await this.#source.acquire(signal, 'statement', route);
    const { connection } = lease;
    let abandoned = false;
    let failure: unknown;
    try {
      await this.#packetLimit.check(encoded.text, connection, signal);
      const answer = connection.query(encoded.text, placeOf(encoded, 'statement'));
      const result = await untilAborted(answer, signal, 'unknown', () => {
        abandoned = true;
        this.#stop(lease, encoded, answer, true);
      });
      if (connection.inTransaction) throw transactionGone(LEFT_OPEN, 'unknown');
      return result;
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      if (!abandoned) giveBack(lease, encoded, failure, route);
    }
  }

  async *stream(statement: Statement, options: StreamPageOptions): AsyncGenerator<RawPage, void, undefined> {
    const encoded = encode(statement);
    const lease = await this.#source.acquire(options.signal, 'stream', options.route);
    yield* streamPages(lease.connection, encoded, options, this.#values, 'statement', {
      completed: (failure) => giveBack(lease, encoded, failure, options.route),
      abandoned: (answered) => this.#stop(lease, encoded, answered, options.signal?.aborted === true),
    });
  }

  async begin(options: TransactionOptions, { signal, route }: ExecuteOptions): Promise<DriverTransaction> {
    const lease = await this.#source.acquire(signal, 'transaction', route);
    return beginTransaction(lease, options, signal, {
      values: this.#values,
      packetLimit: this.#packetLimit,
      writes: !options.readOnly,
      restoresIsolation: options.isolation !== undefined && lease.connection.rights.proxied === true,
    });
  }

  async close(): Promise<void> {
    await Promise.all(this.#stopping);
    await this.#source.close();
  }

  /** Stops what runs on the connection, which is given back only where the server acknowledged that. */
  #stop(
    lease: Lease<PhysicalConnection>,
    statement: EncodedStatement,
    answer: Promise<unknown>,
    aborted: boolean,
  ): void {
    const stopping = cancelStatement(lease.connection, answer, aborted).then((usable) => {
      this.#stopping.delete(stopping);
      if (usable) giveBack(lease, statement);
      else if (lease.connection.rights.killAccess === undefined) lease.destroy();
      // Nobody answers there any more, most likely.
      else lease.retire();
    });
    this.#stopping.add(stopping);
  }
}

const LEFT_OPEN =
  'The procedure left a transaction open; what it had not committed was rolled back. Let it end with COMMIT, or call it inside transaction().';

/**
 * Gives a connection back, without a transaction that a procedure may have begun, and never with other settings.
 * `failure`: what the statement failed with, if it did.
 */
function giveBack(
  lease: Lease<PhysicalConnection>,
  { callsProcedure, changesSession }: EncodedStatement,
  failure?: unknown,
  route?: Route,
): void {
  const { connection } = lease;
  const { isAlive } = connection;
  const clean = connection.inTransaction === false || (connection.inTransaction === undefined && !callsProcedure);
  if (meansFailover(failure, { writes: route !== 'reader', isAlive })) lease.retire();
  else if (changesSession) lease.destroy();
  else if (clean || !isAlive) lease.release();
  else void giveBackAfter(lease, connection.query('ROLLBACK'));
}
