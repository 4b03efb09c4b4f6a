import { isConnectorError } from '@sqlport/core/spi';
import { wrapAdapter, wrapSessions, wrapTransactions } from '../wrap-adapter.ts';
import { altered, onBoth, type Sabotage, withErrors } from './sabotage.ts';

/** Drivers that say the wrong thing when something fails. */
export const brokenErrors: readonly Sabotage[] = [
  {
    name: 'swallows-errors',
    fault: 'answers an empty result where a statement failed',
    breaks: (adapter) =>
      wrapSessions(adapter, (session) => ({
        execute: (statement, options) =>
          session.execute(statement, options).catch(() => ({ columns: [], rows: [], rowsAffected: 0 })),
      })),
    caughtBy: onBoth('errors/unique'),
  },
  {
    name: 'applied-as-not-applied',
    fault: 'says not-applied of a statement that ran and whose result could not be delivered',
    breaks: (adapter) =>
      withErrors(adapter, (error) =>
        error.outcome === 'applied' ? altered(error, { outcome: 'not-applied' }) : error,
      ),
    caughtBy: { postgres: 'values-out/postgres/int8-unsafe-returning', mysql: 'values-out/mysql/bigint-unsafe' },
  },
  {
    name: 'lost-as-not-applied',
    fault: 'says not-applied of a statement that it lost the answer of',
    breaks: (adapter) =>
      withErrors(adapter, (error) =>
        error.outcome === 'unknown' ? altered(error, { outcome: 'not-applied' }) : error,
      ),
    caughtBy: onBoth('errors/lost-answer-to-statement'),
  },
  {
    name: 'lost-commit-as-not-applied',
    fault: 'says not-applied of a COMMIT that it lost the answer of',
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) =>
        wrapTransactions(driver, (transaction) => ({
          commit: (options) =>
            transaction.commit(options).catch((error: unknown) => {
              throw isConnectorError(error) ? altered(error, { outcome: 'not-applied' }) : error;
            }),
        })),
      ),
    caughtBy: onBoth('errors/lost-answer-to-commit'),
  },
  {
    name: 'repeats-lost-statements',
    fault: 'sends a statement again when its connection was lost',
    breaks: (adapter) =>
      wrapAdapter(adapter, (driver) => ({
        execute: (statement, options) =>
          driver.execute(statement, options).catch((error: unknown) => {
            if (isConnectorError(error) && error.code === 'UNREACHABLE') return driver.execute(statement, options);
            throw error;
          }),
      })),
    caughtBy: onBoth('errors/lost-answer-to-statement'),
  },
  {
    name: 'parameters-in-messages',
    fault: 'shows parameters in error messages',
    breaks: (adapter) =>
      withErrors(adapter, (error, { params }) =>
        altered(error, { message: `${error.message} [${params.join(', ')}]` }),
      ),
    caughtBy: onBoth('errors/parameter-unseen'),
  },
  {
    name: 'server-words-in-messages',
    fault: 'shows the server’s own words in error messages',
    breaks: (adapter) =>
      withErrors(adapter, (error) => altered(error, { message: error.serverMessage ?? error.message })),
    caughtBy: onBoth('errors/server-message'),
  },
  {
    name: 'forgets-constraints',
    fault: 'does not say which constraint was violated',
    breaks: (adapter) => withErrors(adapter, (error) => altered(error, { constraint: { kind: 'unique' } })),
    caughtBy: onBoth('errors/unique'),
  },
  {
    name: 'ignores-abort',
    fault: 'lets an aborted statement run on',
    breaks: (adapter) =>
      wrapSessions(adapter, (session) => ({ execute: (statement) => session.execute(statement, {}) })),
    caughtBy: onBoth('abort/stops-on-server'),
  },
];
