import { setTimeout } from 'node:timers/promises';
import type { Engine } from '../engine.ts';
import { enginePassword } from '../engine-source.ts';
import { Access } from './access.ts';
import { answerBatch, answerStatement, ResultTooLarge, resultLimit } from './answer.ts';
import type { DataApiLimits } from './data-api.ts';
import type { DataApiEngine } from './engine.ts';
import { type EngineVersion, ServiceError, validation } from './errors.ts';
import { writeJson } from './json.ts';
import { type ScannedSql, scanPlaceholders } from './placeholders.ts';
import type { DataApiRequest, ServedOperation } from './request.ts';
import type { EngineSession, StatementResult } from './session.ts';
import { SessionPool } from './session-pool.ts';
import { type OpenTransaction, Transactions } from './transactions.ts';

/** How long a server may take to heed an interruption, in ms. */
const interruptionMs = 5_000;

/** What the operations do, for a caller whose signature is verified. */
export class DataApiService {
  readonly access = new Access();
  readonly sessionSettings: Map<string, string>;
  readonly limits: DataApiLimits = {
    statementMs: 45_000,
    resultBytes: 1_048_576,
    formattedBytes: 10_000_000,
    rowBytes: Number.POSITIVE_INFINITY,
    requestBytes: 4_194_304,
    sqlCharacters: 65_536,
    connections: 500,
    connectionWaitMs: 10_000,
  };
  engineVersion: EngineVersion = 'v2';

  readonly #engine: Engine;
  readonly #dialect: DataApiEngine;
  readonly #transactions: Transactions;
  readonly #pools = new Map<string, SessionPool>();

  constructor(engine: Engine, dialect: DataApiEngine, clock: () => number) {
    this.#engine = engine;
    this.#dialect = dialect;
    this.sessionSettings = new Map(dialect.sessionSettings);
    this.#transactions = new Transactions(clock);
  }

  get serverConnections(): number {
    return [...this.#pools.values()].reduce((sum, pool) => sum + pool.size, 0);
  }

  get openTransactions(): number {
    return this.#transactions.size;
  }

  expireTransactions(idleMs: number): void {
    this.#transactions.expire(idleMs);
  }

  /** Does what was asked for. Resolves with the body of the answer, rejects with a ServiceError. */
  run(operation: ServedOperation, request: DataApiRequest): Promise<string> {
    switch (operation) {
      case 'ExecuteStatement':
        return this.#execute(request);
      case 'BatchExecuteStatement':
        return this.#executeBatch(request);
      case 'BeginTransaction':
        return this.#begin(request);
      case 'CommitTransaction':
        return this.#end(request, 'Transaction Committed', (session) => session.commit());
      case 'RollbackTransaction':
        return this.#end(request, 'Rollback Complete', (session) => session.rollback());
    }
  }

  /** Ends all transactions and server connections, and waits until they are gone. */
  async close(): Promise<void> {
    this.#transactions.close();
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
  }

  #execute(request: DataApiRequest): Promise<string> {
    const sql = this.#scan(request.sql);
    const { parameters } = request;
    return this.#onSession(request, async (session) => {
      const maxBytes = resultLimit(request, this.limits);
      const result = await session.execute({ sql, parameters, maxBytes });
      return answerStatement(request, result, this.limits);
    });
  }

  /** Outside of a transaction each set commits by itself, and those before a failing one stay. */
  #executeBatch(request: DataApiRequest): Promise<string> {
    const sql = this.#scan(request.sql);
    return this.#onSession(request, async (session) => {
      const results: StatementResult[] = [];
      for (const parameters of request.parameterSets) {
        results.push(await session.execute({ sql, parameters, maxBytes: 0 }));
      }
      return answerBatch(results, request);
    });
  }

  async #begin({ resourceArn, secretArn, database }: DataApiRequest): Promise<string> {
    const pool = this.#pool(secretArn, database);
    const session = await pool.acquire();
    try {
      await session.begin();
    } catch (error) {
      pool.release(session);
      throw error;
    }
    const { id } = this.#transactions.add({ resourceArn, secretArn, database, session, pool });
    return writeJson({ transactionId: id });
  }

  #end(request: DataApiRequest, transactionStatus: string, end: (session: EngineSession) => Promise<void>) {
    return this.#transactions.use(request.transactionId!, request, async (transaction, over) => {
      try {
        await end(transaction.session);
      } finally {
        over('ended');
      }
      return writeJson({ transactionStatus });
    });
  }

  #scan(text: string): ScannedSql {
    const { sqlCharacters } = this.limits;
    if (text.length > sqlCharacters) {
      throw validation(`Number of characters in SQLStatement is longer than ${sqlCharacters}`);
    }
    const sql = scanPlaceholders(text, this.#dialect.quoting);
    if (sql.several && !this.#dialect.isCompound(text)) throw validation("Multistatements aren't supported.");
    return sql;
  }

  /** Runs `work` on the transaction's session, or on one from the pool, and not for too long. */
  async #onSession<T>(request: DataApiRequest, work: (session: EngineSession) => Promise<T>): Promise<T> {
    const { transactionId, secretArn, database } = request;
    if (transactionId === undefined) {
      const pool = this.#pool(secretArn, database);
      const session = await pool.acquire();
      const working = work(session);
      const giveBack = () => pool.release(session);
      working.then(giveBack, giveBack);
      return this.#inTime(session, working, request.continueAfterTimeout);
    }
    return this.#transactions.use(transactionId, request, async (transaction, over) => {
      checkDatabase(transaction, database);
      try {
        return await this.#inTime(transaction.session, work(transaction.session), false);
      } catch (error) {
        if (error instanceof ResultTooLarge || this.engineVersion === 'v1') over('aborted');
        throw error;
      }
    });
  }

  async #inTime<T>(session: EngineSession, working: Promise<T>, continues: boolean): Promise<T> {
    const limit = new AbortController();
    const overdue = setTimeout(this.limits.statementMs, 'overdue' as const, { signal: limit.signal });
    overdue.catch(() => {});
    try {
      const first = await Promise.race([working.then((result) => ({ result })), overdue]);
      if (first !== 'overdue') return first.result;
    } finally {
      limit.abort();
    }
    const over = new ServiceError('StatementTimeoutException', 'Request timed out', { dbConnectionId: session.id });
    working.catch(() => {});
    if (!continues) {
      await session.cancel();
      const settled = working.then(
        () => true,
        () => true,
      );
      const heeded = await Promise.race([settled, setTimeout(interruptionMs, false, { ref: false })]);
      if (!heeded) await session.close();
    }
    throw over;
  }

  #pool(secretArn: string, database: string | undefined): SessionPool {
    const { user, password = enginePassword(this.#engine, user) } = this.access.login(secretArn);
    const key = JSON.stringify([user, password, database]);
    let pool = this.#pools.get(key);
    if (!pool) {
      const target = { ...this.#engine.address, user, password, database };
      pool = new SessionPool({
        open: () => this.#dialect.open({ ...target, settings: [...this.sessionSettings] }, () => this.engineVersion),
        limit: () => this.limits.connections,
        waitMs: () => this.limits.connectionWaitMs,
        exhausted: () => this.#dialect.tooManyConnections(),
      });
      this.#pools.set(key, pool);
    }
    return pool;
  }
}

function checkDatabase(transaction: OpenTransaction, database: string | undefined): void {
  if (database === undefined || database === transaction.database) return;
  throw validation('Database name is not the same as transaction database');
}
