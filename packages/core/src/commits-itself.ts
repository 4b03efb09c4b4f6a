import { callsProcedure, type Dialect, planOf, type Statement } from '@sqlport/dialect';

/**
 * Whether a statement may commit the transaction that it runs in, so that a rollback does not take back what came before.
 * MySQL's procedures may; PostgreSQL refuses a COMMIT in a procedure that is called in a transaction.
 */
export function commitsItself({ text }: Statement, dialect: Dialect): boolean {
  return dialect === 'mysql' && callsProcedure(planOf(text, dialect).keyword, dialect);
}
