import { isConnectorError } from '@sqlport/core/spi';
import { wrapAdapter, wrapTransactions } from '../wrap-adapter.ts';
import { onBoth, type Sabotage } from './sabotage.ts';

/** Drivers whose transactions, streams or connections are not what they seem. */
export const brokenTransactions: readonly Sabotage[] = [
  {
    name: 'ignores-route',
    fault: 'asks the writer whatever the route',
    needs: ['readers'],
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) => ({
        execute: (statement, { signal }) => driver.execute(statement, { signal }),
        ...(driver.begin && { begin: (options, { signal }) => driver.begin!(options, { signal }) }),
      })),
    caughtBy: onBoth('isolation/reader-own-sessions'),
  },
  {
    name: 'commit-always-resolves',
    fault: 'resolves commit() whatever the server answers',
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) =>
        wrapTransactions(driver, (transaction) => ({
          commit: (options) => transaction.commit(options).catch(() => {}),
        })),
      ),
    caughtBy: { postgres: 'transactions/postgres/failed-commit', mysql: 'transactions/session-lost-idle' },
  },
  {
    name: 'rollback-commits',
    fault: 'commits where it should roll back',
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) =>
        wrapTransactions(driver, (transaction) => ({ rollback: () => transaction.commit({}) })),
      ),
    caughtBy: onBoth('transactions/begin-rollback'),
  },
  {
    name: 'outside-of-transaction',
    fault: 'runs the statements of a transaction beside it',
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) =>
        wrapTransactions(driver, () => ({ execute: (statement, options) => driver.execute(statement, options) })),
      ),
    caughtBy: onBoth('transactions/rollback-on-throw'),
  },
  {
    name: 'goes-on-after-deadlock',
    fault: 'lets statements after a deadlock run on their own, and resolves commit()',
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) =>
        wrapTransactions(driver, (transaction) => {
          let lost = false;
          return {
            async execute(statement, options) {
              if (lost) return driver.execute(statement, options);
              try {
                return await transaction.execute(statement, options);
              } catch (error) {
                lost = isConnectorError(error) && error.code === 'CONFLICT';
                throw error;
              }
            },
            commit: (options) => (lost ? transaction.rollback() : transaction.commit(options)),
          };
        }),
      ),
    caughtBy: onBoth('concurrency/deadlock-swallowed'),
  },
  {
    name: 'ignores-isolation',
    fault: 'begins every transaction at the server’s own level',
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) => ({
        begin: ({ isolation: _, ...options }, call) => driver.begin!(options, call),
      })),
    caughtBy: { postgres: 'isolation/sees-snapshot', mysql: 'isolation/sees-commits-read-committed' },
  },
  {
    name: 'ignores-read-only',
    fault: 'begins every transaction for reading and writing',
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) => ({
        begin: ({ readOnly: _, ...options }, call) => driver.begin!(options, call),
      })),
    caughtBy: onBoth('isolation/read-only'),
  },
  {
    name: 'batch-in-parts',
    fault: 'runs the statements of a batch each on its own',
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) => ({
        async batch(statements, options) {
          const results = [];
          for (const statement of statements) results.push(await driver.execute(statement, options));
          return results;
        },
      })),
    caughtBy: onBoth('batch/atomic'),
  },
  {
    name: 'stream-ignores-return',
    fault: 'keeps the connection of a stream that was left early',
    needs: ['incremental streams'],
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) => ({
        ...(driver.stream && {
          stream(statement, options) {
            const iterator = driver.stream!(statement, options)[Symbol.asyncIterator]();
            return { [Symbol.asyncIterator]: () => ({ next: () => iterator.next() }) };
          },
        }),
      })),
    caughtBy: onBoth('streams/left-early'),
  },
  {
    name: 'stream-loses-last-page',
    fault: 'leaves out the last page of a stream when it is not full',
    needs: ['incremental streams'],
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) => ({
        ...(driver.stream && {
          async *stream(statement, options) {
            for await (const page of driver.stream!(statement, options)) {
              if (page.rows.length === options.pageSize) yield page;
            }
          },
        }),
      })),
    caughtBy: onBoth('streams/rows-25-by-10'),
  },
  {
    name: 'loses-connections',
    fault: 'keeps a connection of the pool for each SQL error',
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) => ({
        async execute(statement, options) {
          try {
            return await driver.execute(statement, options);
          } catch (error) {
            await driver.begin?.({}, {});
            throw error;
          }
        },
      })),
    caughtBy: onBoth('errors/many-in-a-row'),
  },
  {
    name: 'never-closes',
    fault: 'leaves its sessions open when it is closed',
    breaks: (adapter) => wrapAdapter(adapter, () => ({ close: async () => {} })),
    caughtBy: onBoth('life-cycle/sessions-gone'),
  },
];
