import type { QueryOptions, StreamOptions, TransactionOptions } from './options.ts';
import type { QueryResult, Row } from './result.ts';
import type { Sql } from './sql/sql.ts';
import type { Params } from './statement.ts';
import type { Transaction } from './transaction.ts';

/**
 * What runs statements: a {@link Connection} or a {@link Transaction}. Every method rejects with `ConnectorError`
 * and nothing else. A method that takes a statement takes exactly one; `script` takes several.
 */
export interface Queryable {
  /** Runs a statement made by the `sql` tag. */
  query<R = Row>(statement: Sql<R>, options?: QueryOptions): Promise<QueryResult<R>>;
  /**
   * Runs a text with placeholders: `?` (MySQL) or `$1` (PostgreSQL) with an array, `:name` with an object.
   * The same as `query(sql.text(text, params), options)`.
   */
  query<R = Row, P = unknown>(text: string, params?: Params<P>, options?: QueryOptions): Promise<QueryResult<R>>;
  /** Rows as arrays, in the order of `columns`: for results whose column names repeat. */
  values(statement: Sql<unknown>, options?: QueryOptions): Promise<QueryResult<readonly unknown[]>>;
  /** The first row, or undefined. Add LIMIT 1 where more rows could match: all of them are read. */
  first<R = Row>(statement: Sql<R>, options?: QueryOptions): Promise<R | undefined>;
  /** The only row. `DATA`, outcome `applied`, where there is none or more than one. */
  one<R = Row>(statement: Sql<R>, options?: QueryOptions): Promise<R>;
  /**
   * Reads a large result row by row. Nothing is sent before the first row is asked for; leaving the loop early
   * releases everything. `timeoutMs` counts for each fetch.
   */
  stream<R = Row>(statement: Sql<R>, options?: StreamOptions): AsyncIterable<R>;
  /** Runs several statements in order; all of them or none. */
  batch(statements: readonly Sql<unknown>[], options?: QueryOptions): Promise<readonly QueryResult[]>;
  /** Runs one statement with many sets of parameters; all of them or none. A plain INSERT is folded into multi-row ones. */
  executeMany<P = unknown>(text: string, paramSets: readonly Params<P>[], options?: QueryOptions): Promise<void>;
  /**
   * Runs a text of several statements without parameters, in order, each on its own, for schemas. It stops at the
   * first that fails; what ran before stays, as far as the transaction around it does.
   */
  script(text: string, options?: QueryOptions): Promise<void>;
  /**
   * Runs `body` in a transaction: commits when it resolves, rolls back when it rejects, and rejects with the body's
   * own error. On a transaction: a savepoint. Work inside must go through `tx`, not through the connection.
   */
  transaction<T>(body: (tx: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T>;
}
