import { callsProcedure, type Dialect, planOf } from '@sqlport/dialect';

/**
 * Whether a statement may commit parts of its work by itself, so that its failure does not undo all of it: procedures,
 * and on PostgreSQL DO blocks that say so.
 */
export function commitsByItself(text: string, dialect: Dialect): boolean {
  const { keyword } = planOf(text, dialect);
  return callsProcedure(keyword, dialect) || (dialect === 'postgres' && keyword === 'do' && /commit|call/i.test(text));
}

/**
 * The same inside of a transaction, where it commits what came before it, too. PostgreSQL refuses a COMMIT there
 * ("Transaction Management" in the manual's chapter on PL/pgSQL).
 */
export function commitsTransaction(text: string, dialect: Dialect): boolean {
  return dialect === 'mysql' && commitsByItself(text, dialect);
}
