import { type ConnectorError, type Constraint, type ErrorCode, serverRefused } from '@sqlport/core/spi';
import {
  mysqlConstraint,
  mysqlErrorCode,
  type PostgresNames,
  postgresConstraint,
  postgresErrorCode,
} from '@sqlport/dialect';
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
  const outcome = unsure ? 'unknown' : 'not-applied';
  return serverRefused(code, { ...said, outcome, serverMessage: message, cause: native }, CURES[code]);
}

/** Whether the API's own connection to the database was lost, by the database's word or its driver's: while the statement ran, or after. */
export function meansLostLink({ code, sqlState, errno }: ConnectorError): boolean {
  return code === 'UNREACHABLE' && !NOT_CONNECTED.has(sqlState ?? errno);
}

/** The connection was not made: no statement was sent. Client library: CR_CONNECTION_ERROR, CR_CONN_HOST_ERROR. */
const NOT_CONNECTED: ReadonlySet<string | number | undefined> = new Set(['08001', '08004', '57P03', 2002, 2003]);

/** ER_LOCK_DEADLOCK and ER_TRANSACTION_ROLLBACK_DURING_COMMIT: nothing was committed. */
const ROLLED_BACK: ReadonlySet<number> = new Set([1213, 3101]);

/** What is to be done about errors of the login, which the API made. */
const CURES: Partial<Record<ErrorCode, string>> = {
  AUTH: 'The database refused the login: check the user name and the password in the secret.',
  CONFIG: 'The database does not exist on the cluster: check `database`.',
  PERMISSION: 'The database user in the secret lacks a privilege that the statement needs: GRANT it.',
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
  const constraint = postgresConstraint(sqlState, namesIn(message, sqlState));
  return { sqlState, ...(constraint && { constraint }) };
}

/** What follows a name: the next part of the message, or nothing. Names may hold quotes themselves. */
const END = '(?=;|\\n|$)';

const sentence = (text: string) => new RegExp(`^(?:ERROR: )?${text}${END}`);

/**
 * PostgreSQL's own sentences about violated constraints. They name the constraint before anything that quotes data.
 * Of a foreign key the table is the one that has it, as in the fields of the wire protocol.
 */
const SENTENCES: Readonly<Record<string, readonly RegExp[]>> = {
  '23502': [
    sentence('null value in column "(?<column>.*?)" of relation "(?<table>.*?)" violates not-null constraint'),
    sentence('null value in column "(?<column>.*?)" violates not-null constraint'),
  ],
  '23503': [
    sentence('insert or update on table "(?<table>.*?)" violates foreign key constraint "(?<constraint>.*?)"'),
    sentence(
      '(?:update or delete|delete|update) on table ".*?" violates (?:RESTRICT setting of )?foreign key constraint "(?<constraint>.*?)" on table "(?<table>.*?)"',
    ),
  ],
  '23505': [sentence('duplicate key value violates unique constraint "(?<constraint>.*?)"')],
  '23514': [
    sentence('new row for relation "(?<table>.*?)" violates check constraint "(?<constraint>.*?)"'),
    sentence('value for domain .*? violates check constraint "(?<constraint>.*?)"'),
  ],
  '23P01': [sentence('conflicting key value violates exclusion constraint "(?<constraint>.*?)"')],
};

/** The names are missing where the server's language is another than English. */
function namesIn(message: string, sqlState: string): PostgresNames {
  const matches = (SENTENCES[sqlState] ?? []).map((one) => one.exec(message)?.groups);
  return matches.find((groups) => groups !== undefined) ?? {};
}
