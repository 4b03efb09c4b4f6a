import { type PGlite, protocol } from '@electric-sql/pglite';
import { type Adapter, BASIC_TRAITS, ConnectorError, ISOLATION_LEVELS } from '@sqlport/core/spi';
import { waitForPool } from '@sqlport/core/spi/pool';
import { beginText, checkCommitted, replyOf } from '@sqlport/core/spi/postgres';
import { planOf, postgresText, type Statement } from '@sqlport/dialect';

export interface PgliteConfig {
  /** Stays the caller's: it is not closed. */
  readonly db: PGlite;
  /** How long a call waits for those before it. Default 30,000. */
  readonly acquireTimeoutMs?: number;
}

/** PostgreSQL in this process, by PGlite. It has one session, so that calls and transactions wait for each other. */
export function pglite({ db, acquireTimeoutMs = 30_000 }: PgliteConfig): Adapter {
  /** Waits for the session; the answer gives it back. */
  const acquire = (signal: AbortSignal | undefined): Promise<() => void> => {
    const asked = new Promise<() => void>((lend) => void db.runExclusive(() => new Promise<void>(lend)));
    return waitForPool(asked, { acquireTimeoutMs, signal, giveBack: (late) => late() });
  };
  return {
    specVersion: 1,
    name: 'pglite',
    traits: { ...BASIC_TRAITS, dialect: 'postgres', transactions: true, isolationLevels: ISOLATION_LEVELS },
    async open({ values }) {
      /** One statement of the extended protocol: parameters go as text of unknown type, results come as text. */
      const run = async ({ text, params }: Statement) => {
        const { parse, bind, describe, execute, sync } = protocol.serialize;
        const portal = [bind({ values: params.map(postgresText) }), describe({ type: 'P' }), execute()];
        const request = Buffer.concat([parse({ text }), ...portal, sync()]);
        const inTransaction = db.isInTransaction();
        const { messages } = await db.execProtocol(request, { throwOnError: false });
        return replyOf(messages, text, values, inTransaction);
      };
      const command = (text: string) => run({ text, params: [] });
      return {
        async execute(statement, { signal }) {
          const giveBack = await acquire(signal);
          try {
            return (await run(statement)).result();
          } finally {
            // Nobody else may meet what it left behind in the only session.
            if (planOf(statement.text, 'postgres').changesSession) await command('DISCARD ALL');
            giveBack();
          }
        },
        async begin(options, { signal }) {
          const giveBack = await acquire(signal);
          await command(beginText(options)).catch((error) => {
            giveBack();
            throw error;
          });
          return {
            async execute(statement) {
              if (!db.isInTransaction()) throw new ConnectorError('TRANSACTION', 'The transaction has ended.');
              return (await run(statement)).result();
            },
            commit: () => command('COMMIT').finally(giveBack).then(checkCommitted),
            rollback: () => command('ROLLBACK').then(giveBack, giveBack),
          };
        },
        async close() {},
      };
    },
  };
}
