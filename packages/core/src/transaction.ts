import type { Queryable } from './queryable.ts';

/**
 * An open transaction. Calls made at once run one after another, in order. Disposing of it rolls back what was
 * neither committed nor rolled back: `await using tx = await db.begin()`.
 */
export interface Transaction extends Queryable, AsyncDisposable {
  /** Resolves only when the server confirmed. Rejects with `TRANSACTION` where there is nothing left to commit. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
}
