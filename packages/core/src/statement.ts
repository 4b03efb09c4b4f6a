import { bind, type Dialect, planOf, type SqlValue, type Statement } from '@sqlport/dialect';
import { ConnectorError } from './errors.ts';
import { render } from './sql/render.ts';
import { isSql, type Sql } from './sql/sql.ts';

/**
 * Parameters of a text: an array for `?` and `$1`, an object for `:name`. Interfaces work too, which an index
 * signature would refuse.
 */
export type Params<P> = readonly SqlValue[] | { readonly [K in keyof P]: SqlValue };

/** Where a statement is about to run; some are refused inside a transaction. */
export type Place = 'connection' | 'transaction';

/**
 * Makes a checked statement of what the caller passed: rendered or bound for the dialect, exactly one statement, no
 * transaction control. Nothing has been sent when it throws `SYNTAX`, `DATA` or `TRANSACTION`, or the
 * dialect's own `SqlTextError`.
 */
export function prepare(input: Sql<unknown> | string, params: unknown, dialect: Dialect, place: Place): Statement {
  const statement = isSql(input) ? render(input, dialect) : bind(textOf(input), paramsOf(params), dialect);
  checkSingle(statement.text, dialect);
  checkControl(statement.text, dialect, place);
  return statement;
}

function textOf(input: unknown): string {
  if (typeof input === 'string') return input;
  throw new ConnectorError('DATA', 'A statement is a text or made by the sql tag.');
}

function paramsOf(params: unknown): readonly unknown[] | object | undefined {
  if (params === undefined || (typeof params === 'object' && params !== null)) return params;
  throw new ConnectorError('DATA', 'Parameters are an array (for ? and $1) or an object (for :name).');
}

function checkSingle(text: string, dialect: Dialect): void {
  const { statements } = planOf(text, dialect);
  if (statements === 1) return;
  throw new ConnectorError(
    'SYNTAX',
    statements === 0
      ? 'The text holds no statement.'
      : `The text holds ${statements} statements; one call runs one. Use script() for several.`,
  );
}

/** Refuses what would change the transaction behind core's back, and what MySQL commits implicitly. */
function checkControl(text: string, dialect: Dialect, place: Place): void {
  const { control, implicitCommit, keyword } = planOf(text, dialect);
  if (control === 'transaction') {
    throw new ConnectorError(
      'TRANSACTION',
      `${keyword.toUpperCase()} cannot be sent as a statement. Use transaction() or begin().`,
    );
  }
  if (control === 'lock-tables') {
    throw new ConnectorError(
      'TRANSACTION',
      'LOCK TABLES lives on one connection and commits. Use transaction() with SELECT … FOR UPDATE.',
    );
  }
  if (implicitCommit && place === 'transaction') {
    throw new ConnectorError(
      'TRANSACTION',
      `MySQL commits a transaction before ${keyword.toUpperCase()}. Run it outside of the transaction.`,
    );
  }
}
