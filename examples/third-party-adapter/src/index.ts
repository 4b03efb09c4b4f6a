import { type messages, type PGlite, protocol } from '@electric-sql/pglite';
import {
  type Adapter,
  applied,
  ConnectorError,
  type Driver,
  type DriverTransaction,
  type ExecuteOptions,
  interrupted,
  type OpenOptions,
} from '@sqlport/core/spi';
import { waitForPool } from '@sqlport/core/spi/pool';
import {
  planOf,
  postgresDecoder,
  postgresErrorCode,
  postgresText,
  postgresTypeName,
  type Statement,
} from '@sqlport/dialect';

const KINDS = {
  '23502': 'not-null',
  '23503': 'foreign-key',
  '23505': 'unique',
  '23514': 'check',
  '23P01': 'exclusion',
} as const;

export interface PgliteConfig {
  /** Stays the caller's: it is not closed. */
  readonly db: PGlite;
  /** How long a call waits for those before it. Default 30,000. */
  readonly acquireTimeoutMs?: number;
}

/** PostgreSQL in this process, by PGlite. It has one session, so that calls and transactions wait for each other. */
export function pglite({ db, acquireTimeoutMs = 30_000 }: PgliteConfig): Adapter {
  /** Waits for the session; the answer gives it back. */
  const acquire = ({ signal }: ExecuteOptions): Promise<() => void> => {
    const asked = new Promise<() => void>((lend) => void db.runExclusive(() => new Promise<void>(lend)));
    return waitForPool(asked, { acquireTimeoutMs, signal, giveBack: (late) => late() });
  };

  const open = async ({ values }: OpenOptions): Promise<Driver> => {
    /** One statement of the extended protocol: parameters go as text of unknown type, results come as text. */
    const run = async ({ text, params }: Statement) => {
      const { parse, bind, describe, execute, sync } = protocol.serialize;
      const portal = [bind({ values: params.map(postgresText) }), describe({ type: 'P' }), execute()];
      const request = Buffer.concat([parse({ text }), ...portal, sync()]);
      const { messages } = await db.execProtocol(request, { throwOnError: false });
      const find = <M>(name: string) => messages.find((message) => message.name === name) as M | undefined;
      const error = find<messages.DatabaseError>('error');
      if (error !== undefined) throw refused(error, text);
      const fields = find<messages.RowDescriptionMessage>('rowDescription')?.fields ?? [];
      const tag = find<messages.CommandCompleteMessage>('commandComplete')?.text ?? '';
      const decoders = fields.map((field) => postgresDecoder(field.dataTypeID, values, field.dataTypeModifier));
      const decode = (cell: string | null, at: number) => (cell === null ? null : (decoders[at] ?? String)(cell));
      const rows = messages.filter(({ name }) => name === 'dataRow') as unknown as messages.DataRowMessage[];
      return {
        tag,
        columns: fields.map(({ name, dataTypeID }) => ({ name, type: postgresTypeName(dataTypeID) })),
        rows: applied(() => rows.map((row) => row.fields.map(decode))),
        rowsAffected: Number(/^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(tag)?.[1] ?? 0),
      };
    };
    const command = (text: string) => run({ text, params: [] });

    return {
      async execute(statement, options) {
        const giveBack = await acquire(options);
        try {
          return await run(statement);
        } finally {
          // Nobody else may meet what it left behind in the only session.
          if (planOf(statement.text, 'postgres').changesSession) await command('DISCARD ALL');
          giveBack();
        }
      },

      async begin({ isolation, readOnly }, options): Promise<DriverTransaction> {
        const giveBack = await acquire(options);
        const level = isolation ? `ISOLATION LEVEL ${isolation}` : '';
        await command(`BEGIN ${level} ${readOnly ? 'READ ONLY' : ''}`).catch((error) => {
          giveBack();
          throw error;
        });
        return {
          execute: (statement, { signal }) => {
            if (signal?.aborted) throw interrupted(signal, 'not-applied');
            if (!db.isInTransaction()) throw new ConnectorError('TRANSACTION', 'The transaction has ended.');
            return run(statement);
          },
          async commit() {
            const { tag } = await command('COMMIT').finally(giveBack);
            if (tag !== 'COMMIT')
              throw new ConnectorError('TRANSACTION', 'A statement had failed: it was rolled back.');
          },
          rollback: () => command('ROLLBACK').then(giveBack, giveBack),
        };
      },
      async close() {},
    };
  };

  const isolationLevels = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const;
  const cannot = { interleavedStreams: false, serverCancel: false, readers: false };
  const traits = { dialect: 'postgres', transactions: true, isolationLevels, streams: 'buffered', ...cannot } as const;
  return { specVersion: 1, name: 'pglite', traits, open };
}

/** The error for a statement that was refused. Procedures commit on their way, so that a part of their work may stay. */
function refused(error: messages.DatabaseError, text: string): ConnectorError {
  const { code: sqlState = '', message: serverMessage, constraint: name, table, column } = error;
  const kind = KINDS[sqlState as keyof typeof KINDS];
  const message = /^42P(18|08)$/.test(sqlState)
    ? 'The type of a parameter is not clear: write a cast, such as $1::int.'
    : `PostgreSQL refused the statement (SQLSTATE ${sqlState}); see serverMessage.`;
  return new ConnectorError(postgresErrorCode(sqlState), message, {
    outcome: ['call', 'do'].includes(planOf(text, 'postgres').keyword) ? 'unknown' : 'not-applied',
    cause: error,
    sqlState,
    serverMessage,
    ...(kind && { constraint: { kind, ...(name && { name }), ...(table && { table }), ...(column && { column }) } }),
  });
}
