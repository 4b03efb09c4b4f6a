import type { Dialect, RawResult, Session, Statement } from '@sqlport/core/spi';
import { type Adapter, ConnectorError, type ConnectorErrorDetails, isConnectorError } from '@sqlport/core/spi';
import type { Need } from '../case.ts';
import { wrapSessions } from '../wrap-adapter.ts';

/** A driver that is broken on purpose, to see that the suite notices. */
export interface Sabotage {
  readonly name: string;
  /** What the driver does wrong. */
  readonly fault: string;
  /** What an adapter must have to be broken in this way. Left out: nothing. */
  readonly needs?: readonly Need[];
  /** The same adapter with that one fault. */
  breaks(adapter: Adapter): Adapter;
  /** Id of the case that names the fault, by dialect; a dialect that is left out cannot have it. */
  readonly caughtBy: { readonly [dialect in Dialect]?: string };
}

/** For a fault that one case catches on both dialects. */
export function onBoth(id: string): Sabotage['caughtBy'] {
  return { postgres: id, mysql: id };
}

/** Changes every result, also those of batches and streams. */
export function withResults(adapter: Adapter, change: (result: RawResult, statement: Statement) => RawResult): Adapter {
  return wrapSessions(adapter, (session) => ({
    async execute(statement, options) {
      return change(await session.execute(statement, options), statement);
    },
    ...(session.batch && {
      async batch(statements, options) {
        const results = await session.batch!(statements, options);
        return results.map((result, index) => change(result, statements[index] as Statement));
      },
    }),
    ...(session.stream && {
      async *stream(statement, options) {
        for await (const page of session.stream!(statement, options)) {
          const changed = change({ ...page, rowsAffected: 0 }, statement);
          yield { columns: changed.columns, rows: [...changed.rows] };
        }
      },
    }),
  }));
}

/** Changes every value that comes out. */
export function withValues(adapter: Adapter, change: (value: unknown, type: string) => unknown): Adapter {
  return withResults(adapter, ({ columns, rows, ...rest }) => ({
    ...rest,
    columns,
    rows: rows.map((row) => row.map((value, index) => change(value, columns[index]?.type ?? ''))),
  }));
}

/** Changes every statement before it is sent. */
export function withStatements(adapter: Adapter, change: (statement: Statement) => Statement): Adapter {
  return wrapSessions(adapter, (session: Session) => ({
    execute: (statement, options) => session.execute(change(statement), options),
    ...(session.batch && { batch: (statements, options) => session.batch!(statements.map(change), options) }),
    ...(session.executeMany && {
      executeMany: (statements, options) => session.executeMany!(statements.map(change), options),
    }),
    ...(session.stream && { stream: (statement, options) => session.stream!(change(statement), options) }),
  }));
}

/** Changes every error of a statement. */
export function withErrors(
  adapter: Adapter,
  change: (error: ConnectorError, statement: Statement) => ConnectorError,
): Adapter {
  return wrapSessions(adapter, (session) => ({
    execute: (statement, options) =>
      session.execute(statement, options).catch((error: unknown) => {
        throw isConnectorError(error) ? change(error, statement) : error;
      }),
  }));
}

/** The same error with some parts replaced. */
export function altered(
  error: ConnectorError,
  change: ConnectorErrorDetails & { readonly message?: string },
): ConnectorError {
  const { message = error.message, ...details } = change;
  const { serverMessage, cause } = error;
  return new ConnectorError(error.code, message, {
    ...error,
    ...details,
    ...(serverMessage && { serverMessage }),
    cause,
  });
}
