import { ConnectorError } from '../errors.ts';
import type { TransactionOptions } from '../options.ts';

/** The text that begins a transaction. */
export function beginText({ isolation, readOnly }: TransactionOptions): string {
  return `BEGIN${isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`}${readOnly ? ' READ ONLY' : ''}`;
}

/**
 * Throws `TRANSACTION` where the command tag of the reply to COMMIT is another: PostgreSQL answers COMMIT of a failed
 * transaction with ROLLBACK, which is no error to it.
 */
export function checkCommitted({ tag }: { readonly tag: string }): void {
  if (tag === 'COMMIT') return;
  throw new ConnectorError('TRANSACTION', 'A statement of the transaction had failed: it was rolled back.');
}
