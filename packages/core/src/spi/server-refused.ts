import type { ErrorCode } from '@sqlport/dialect';
import { ConnectorError, type ConnectorErrorDetails, type Constraint } from '../errors.ts';

/**
 * The error for a statement that the database itself refused. The message says what the code asks for, or `cure`, where
 * the adapter knows more; of the server's words it holds the names of a constraint and the number of the error only.
 */
export function serverRefused(code: ErrorCode, details: ConnectorErrorDetails, cure?: string): ConnectorError {
  const { constraint, sqlState, errno } = details;
  const what = cure ?? (constraint ? violationOf(constraint) : (BY_STATE[sqlState ?? ''] ?? MEANINGS[code] ?? REFUSED));
  return new ConnectorError(
    code,
    `${what} (${errno === undefined ? `SQLSTATE ${sqlState}` : `errno ${errno}`})`,
    details,
  );
}

function violationOf({ kind, table, name, column }: Constraint): string {
  const where = [table, name ?? column].filter(Boolean).join(', ');
  return `${VIOLATED[kind]}${where && `: ${where}`}.`;
}

const VIOLATED: Readonly<Record<Constraint['kind'], string>> = {
  unique: 'A row with the same unique key exists',
  'foreign-key': 'A foreign key points to a row that is missing, or a row that is still pointed to was removed',
  'not-null': 'A column that must not be null got no value',
  check: 'A check constraint refused the row',
  exclusion: 'An exclusion constraint refused the row',
};

const UNCLEAR_TYPE = 'The server cannot tell the type of a parameter from its context: write a cast, such as $1::int.';

/** Where PostgreSQL knows better than the code what is to be done. */
const BY_STATE: Readonly<Record<string, string>> = { '42P08': UNCLEAR_TYPE, '42P18': UNCLEAR_TYPE };

const MEANINGS: Readonly<Partial<Record<ErrorCode, string>>> = {
  ABORTED: 'The statement was stopped on the server.',
  AUTH: 'The server refused the login: check the user and its password or token.',
  CONFIG: 'The server has no such database: check `database`.',
  CONFLICT: 'A concurrent transaction was in the way: run the whole transaction again.',
  CONSTRAINT: 'A constraint was violated.',
  DATA: 'The server refused a value: check the types and the ranges of the parameters.',
  PERMISSION: 'The database user lacks a privilege that the statement needs: GRANT it.',
  READ_ONLY: 'The transaction or the server is read-only.',
  SYNTAX: 'The server could not make sense of the statement: check its syntax and the names in it.',
  THROTTLED: 'The server has no room for more at the moment: try again later.',
  TIMEOUT: 'The server cancelled the statement: its own time limit ran out, or an administrator did.',
  TRANSACTION: 'The transaction has failed or ended: roll back and start anew.',
  UNREACHABLE: 'The server is shutting down, starting up or gone.',
  UNSUPPORTED: 'The server does not support what the statement asks for; see serverMessage.',
};

const REFUSED = 'The server refused the statement; see serverMessage.';
