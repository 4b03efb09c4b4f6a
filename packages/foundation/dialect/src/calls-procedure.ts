import type { Dialect } from './dialect.ts';

/**
 * Whether a statement runs a procedure, by its first word in lower case: procedures may commit on their way, so that a
 * failure, or a rollback, does not undo all that they did. On MySQL EXECUTE counts too: it runs what PREPARE was given,
 * which may be a CALL.
 */
export function callsProcedure(keyword: string, dialect: Dialect): boolean {
  return keyword === 'call' || (dialect === 'mysql' && keyword === 'execute');
}
