import { type Connection, type Queryable, type QueryOptions, type Sql, sql, type Transaction } from '@sqlport/core';
import type { TextStatement } from './statements.ts';

/** A connection on which BEGIN, COMMIT and ROLLBACK mean what they mean to people. */
export class Session {
  readonly #db: Connection;
  #transaction: Transaction | undefined;

  constructor(db: Connection) {
    this.#db = db;
  }

  get inTransaction(): boolean {
    return this.#transaction !== undefined;
  }

  /** Where the next statement has to go. */
  get queryable(): Queryable {
    return this.#transaction ?? this.#db;
  }

  /**
   * Runs a statement that begins or ends a transaction, in its plain form; false for every other statement. What is
   * more than plain (isolation levels, savepoints) core refuses, and says so.
   */
  async control({ text }: TextStatement, signal: AbortSignal): Promise<boolean> {
    const words = text.trim().toLowerCase().replace(/\s+/g, ' ');
    if (/^(begin|begin work|begin transaction|start transaction)$/.test(words)) {
      if (this.#transaction !== undefined) return false;
      this.#transaction = await this.#db.begin({ signal });
      return true;
    }
    const ends = /^(commit|end|rollback|abort)( work| transaction)?$/.exec(words)?.[1];
    const transaction = this.#transaction;
    if (ends === undefined || transaction === undefined) return false;
    this.#transaction = undefined;
    await (ends === 'commit' || ends === 'end' ? transaction.commit() : transaction.rollback());
    return true;
  }

  values(statement: Sql<unknown>, options: QueryOptions) {
    return this.queryable.values(statement, options);
  }

  stream(statement: Sql<unknown>, options: QueryOptions) {
    return this.queryable.stream<Record<string, unknown>>(statement as Sql<Record<string, unknown>>, options);
  }
}

/** A statement with its parameters. */
export const statementOf = (text: string, params: readonly unknown[] | object): Sql<unknown> => sql.text(text, params);
