import { ConnectorError, type Constraint, type ErrorCode } from '@sqlport/core/spi';
import { mysqlConstraint, mysqlErrorCode, postgresErrorCode } from '@sqlport/dialect';
import type { Failure } from './error.ts';

/**
 * The error for an exception that holds what the database said; undefined for any other. What the server refused, it
 * has undone; but for what a procedure had committed before, and for MySQL's COMMIT.
 */
export function databaseError({ native, message, place, engine }: Failure): ConnectorError | undefined {
  const said = engine === 'mysql' ? mysqlErrorOf(message) : postgresErrorOf(message);
  if (said === undefined) return undefined;
  const { errno, sqlState } = said;
  const code = errno === undefined ? postgresErrorCode(sqlState!) : mysqlErrorCode(errno, sqlState, message);
  const unsure = place === 'procedure' || (place === 'commit' && errno !== undefined && !ROLLED_BACK.has(errno));
  return new ConnectorError(code, messageOf(code, said, engine), {
    ...said,
    outcome: unsure ? 'unknown' : 'not-applied',
    serverMessage: message,
    cause: native,
  });
}

/** ER_LOCK_DEADLOCK and ER_TRANSACTION_ROLLBACK_DURING_COMMIT: nothing was committed. */
const ROLLED_BACK: ReadonlySet<number> = new Set([1213, 3101]);

function messageOf(code: ErrorCode, { sqlState, errno, constraint }: Said, engine: string): string {
  if (constraint !== undefined) {
    const where = [constraint.table, constraint.name ?? constraint.column].filter(Boolean).join(', ');
    return `${VIOLATED[constraint.kind]}${where && ` (${where})`}.`;
  }
  if (sqlState === '42P18' || sqlState === '42P08') {
    return 'The server cannot tell the type of a parameter from its context: write a cast, such as $1::int.';
  }
  const number = engine === 'mysql' ? `MySQL ${errno}` : `SQLSTATE ${sqlState}`;
  return `${MEANINGS[code] ?? 'The server refused the statement; see serverMessage.'} (${number})`;
}

const VIOLATED = {
  unique: 'A row with the same unique key exists',
  'foreign-key': 'A foreign key points to a row that is missing, or a row that is still pointed to was removed',
  'not-null': 'A column that must not be null got no value',
  check: 'A check constraint refused the row',
  exclusion: 'An exclusion constraint refused the row',
};

/** What the codes of the database ask for. */
const MEANINGS: Partial<Record<ErrorCode, string>> = {
  AUTH: 'The database refused the login: check the user name and the password in the secret.',
  CONFIG: 'The database does not exist on the cluster: check `database`.',
  CONFLICT: 'A concurrent transaction was in the way: run the whole transaction again.',
  DATA: 'The server refused a value: check the types and the ranges of the parameters.',
  PERMISSION: 'The database user in the secret lacks a privilege that the statement needs: GRANT it.',
  READ_ONLY: 'The transaction or the server is read-only.',
  SYNTAX: 'The server could not make sense of the statement: check its syntax and the names in it.',
  THROTTLED: 'The server has no connection left.',
  TIMEOUT: 'The server cancelled the statement: its own time limit ran out, or an administrator did.',
  TRANSACTION: 'The transaction has failed or ended: roll back and start anew.',
  UNREACHABLE: 'The server is shutting down, starting up or gone.',
  UNSUPPORTED: 'The server does not support what the statement asks for; see serverMessage.',
};

/** What the database itself said, out of the message that the API wraps around it. */
interface Said {
  /** Missing where v1 quotes MySQL. */
  readonly sqlState?: string;
  /** MySQL's error number. */
  readonly errno?: number;
  readonly constraint?: Constraint;
}

/**
 * The codes stand at the very end, and are read there only: what stands before may quote data that looks like a code.
 * v2 separates the parts by "; ", v1 by a new line. Of MySQL v1 says nothing but the number, at the very beginning.
 */
const POSTGRES = /[;\n]\s*SQLState: ([0-9A-Z]{5})$/;
const MYSQL = /^(?<text>.*)[;\n]\s*Error code: (?<number>\d+)[;,]\s*SQLState: (?<sqlState>[0-9A-Z]{5})$/s;
const MYSQL_V1 = /^Database error code: (?<number>\d+)\. Message: (?<text>.*)$/s;

function mysqlErrorOf(message: string): Said | undefined {
  const { number, sqlState, text = '' } = (MYSQL.exec(message) ?? MYSQL_V1.exec(message))?.groups ?? {};
  if (number === undefined) return undefined;
  const errno = Number(number);
  const constraint = mysqlConstraint(errno, text);
  return { errno, ...(sqlState !== undefined && { sqlState }), ...(constraint && { constraint }) };
}

function postgresErrorOf(message: string): Said | undefined {
  const match = POSTGRES.exec(message);
  if (match === null) return undefined;
  const sqlState = match[1]!;
  const constraint = postgresConstraint(sqlState, message);
  return { sqlState, ...(constraint && { constraint }) };
}

/** What follows a name: the next part of the message, or nothing. Names may hold quotes themselves. */
const END = '(?=;|\\n|$)';

const sentence = (text: string) => new RegExp(`^(?:ERROR: )?${text}${END}`);

/**
 * PostgreSQL's own sentences about violated constraints. They name the constraint before anything that quotes data.
 * Of a foreign key the table is the one that has it, as in the fields of the wire protocol.
 */
const CONSTRAINTS: Readonly<Record<string, readonly [Constraint['kind'], ...RegExp[]]>> = {
  '23502': [
    'not-null',
    sentence('null value in column "(?<column>.*?)" of relation "(?<table>.*?)" violates not-null constraint'),
    sentence('null value in column "(?<column>.*?)" violates not-null constraint'),
  ],
  '23503': [
    'foreign-key',
    sentence('insert or update on table "(?<table>.*?)" violates foreign key constraint "(?<name>.*?)"'),
    sentence(
      '(?:update or delete|delete|update) on table ".*?" violates (?:RESTRICT setting of )?foreign key constraint "(?<name>.*?)" on table "(?<table>.*?)"',
    ),
  ],
  '23505': ['unique', sentence('duplicate key value violates unique constraint "(?<name>.*?)"')],
  '23514': [
    'check',
    sentence('new row for relation "(?<table>.*?)" violates check constraint "(?<name>.*?)"'),
    sentence('value for domain .*? violates check constraint "(?<name>.*?)"'),
  ],
  '23P01': ['exclusion', sentence('conflicting key value violates exclusion constraint "(?<name>.*?)"')],
};

/** The names are missing where the server's language is another than English. */
function postgresConstraint(sqlState: string, message: string): Constraint | undefined {
  const known = CONSTRAINTS[sqlState];
  if (known === undefined) return undefined;
  const [kind, ...sentences] = known;
  const names = sentences.map((one) => one.exec(message)?.groups).find((groups) => groups !== undefined);
  return { kind, ...names };
}
