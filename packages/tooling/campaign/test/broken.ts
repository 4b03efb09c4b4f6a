import type { Outcome } from '@sqlport/core';
import {
  type Adapter,
  ConnectorError,
  type Driver,
  type DriverTransaction,
  interrupted,
  isConnectorError,
  type RawResult,
  type Session,
  type Statement,
  withOutcome,
} from '@sqlport/core/spi';
import type { Only } from '../src/part.ts';
import type { Change } from '../src/strategies.ts';

/** An adapter that is broken on purpose, and of what the campaign is to convict it. */
export interface Broken {
  readonly fault: string;
  readonly breaks: Change;
  /** What to run so that the fault shows within few operations. */
  readonly only: Only;
  readonly part: 'alone' | 'aborts';
  readonly operations: number;
  readonly conviction: RegExp;
}

/** Enough for seconds: until the first connection stands, operations are ended before they begin. */
const ABORTED = 4_000;

export const BROKEN: readonly Broken[] = [
  {
    fault: 'calls a COMMIT whose reply was lost not applied',
    breaks: (adapter) =>
      withTransactions(adapter, (transaction) => ({
        commit: (options) => transaction.commit(options).catch(saying('not-applied')),
      })),
    only: { operations: ['transfer'], faults: ['cut after the request'] },
    part: 'alone',
    operations: 60,
    conviction: /^said to be not applied and is there/,
  },
  {
    fault: 'repeats what may have been done',
    breaks: (adapter) =>
      withDriver(adapter, (driver) => ({
        execute: (statement, options) =>
          driver.execute(statement, options).catch((error: unknown) => {
            if (isConnectorError(error) && error.outcome === 'unknown') return driver.execute(statement, options);
            throw error;
          }),
      })),
    only: { operations: ['insert'], faults: ['cut after the request'] },
    part: 'alone',
    operations: 60,
    conviction: /^neither done once nor left undone \(ok\): entries \[0 0\]/,
  },
  {
    fault: 'takes every COMMIT for confirmed',
    breaks: (adapter) =>
      withTransactions(adapter, (transaction) => ({
        commit: (options) => transaction.commit(options).catch(() => {}),
      })),
    only: { operations: ['transfer'], faults: ['cut before the request'] },
    part: 'alone',
    operations: 60,
    conviction: /^said to be done \(ok\) and is not there/,
  },
  {
    fault: 'says unknown of everything',
    breaks: (adapter) =>
      withDriver(adapter, (driver) => ({
        begin: async (options, call) => {
          const transaction = await driver.begin!(options, call);
          return changed(transaction, {
            execute: (statement, limits) => transaction.execute(statement, limits).catch(saying('unknown')),
          });
        },
      })),
    only: { operations: ['transfer'], faults: ['cut before the request'] },
    part: 'alone',
    operations: 60,
    conviction: /^unknown where it can be known/,
  },
  {
    fault: 'does everything twice',
    breaks: (adapter) =>
      withDriver(adapter, (driver) => ({
        async execute(statement, options) {
          await driver.execute(statement, options);
          return driver.execute(statement, options);
        },
      })),
    only: { operations: ['update'], faults: ['late'] },
    part: 'alone',
    operations: 60,
    conviction: /^neither done once nor left undone \(ok\): entries \[\], slot 2/,
  },
  {
    fault: 'loses the end of a batch',
    breaks: (adapter) =>
      withDriver(adapter, (driver) => ({
        async batch(statements, options) {
          const results = await driver.batch!(statements.slice(0, -1), options);
          return [...results, results.at(-1)!];
        },
      })),
    only: { operations: ['batch'], faults: ['late'] },
    part: 'alone',
    operations: 60,
    conviction: /^neither done once nor left undone \(ok\): entries \[0\], slot 1/,
  },
  {
    fault: 'loses a row of many',
    breaks: (adapter) =>
      withDriver(adapter, (driver) => ({
        execute: (statement, options) => driver.execute(withoutItsLastRow(statement), options),
      })),
    only: { operations: ['bulk'], faults: ['late'] },
    part: 'alone',
    operations: 10,
    conviction: /^neither done once nor left undone \(ok\): entries \[0 1 2 /,
  },
  {
    fault: 'does half of a batch and blames a lost session',
    breaks: (adapter) =>
      withDriver(adapter, (driver) => ({
        async batch(statements, options) {
          await driver.batch!(statements.slice(0, 1), options);
          throw new ConnectorError('TRANSACTION', 'The session was lost.', { outcome: 'unknown' });
        },
      })),
    only: { operations: ['batch'], faults: ['late'] },
    part: 'alone',
    operations: 20,
    conviction: /^neither done once nor left undone \(unknown\): entries \[0\], slot 0/,
  },
  {
    fault: 'keeps the connections of transactions that were given up',
    breaks: (adapter) => withTransactions(adapter, () => ({ rollback: async () => {} })),
    only: { operations: ['given up'], faults: ['late'] },
    part: 'alone',
    operations: 6,
    conviction: /^failed without a fault: TIMEOUT/,
  },
  {
    fault: 'never gives back the place in the pool that a transaction had',
    breaks: (adapter) => withTransactions(adapter, () => ({ rollback: async () => {} })),
    only: { operations: ['given up'] },
    part: 'aborts',
    operations: ABORTED,
    conviction: /^a place in the pool no longer works/,
  },
  {
    fault: 'gives the next caller what an aborted one no longer waited for',
    breaks: (adapter) => withDriver(adapter, answeringLate),
    only: { operations: ['read'] },
    part: 'aborts',
    operations: ABORTED,
    conviction: /^rows of another statement/,
  },
];

function answeringLate(driver: Driver): Partial<Driver> {
  let late: Promise<RawResult> | undefined;
  return {
    execute(statement, { signal }) {
      if (late !== undefined) {
        const answer = late;
        late = undefined;
        return answer;
      }
      const answer = driver.execute(statement, {});
      return new Promise((resolve, reject) => {
        signal?.addEventListener('abort', () => {
          late = answer;
          reject(interrupted(signal, 'unknown'));
        });
        answer.then(resolve, reject);
      });
    },
  };
}

/** `insert into entry … values (…), (…)`, with a row less. */
function withoutItsLastRow({ text, params }: Statement): Statement {
  return { text: text.slice(0, text.lastIndexOf(',', text.lastIndexOf('('))), params: params.slice(0, -2) };
}

/** Passes an error on, with another outcome. */
function saying(outcome: Outcome): (error: unknown) => Promise<never> {
  return (error) => Promise.reject(withOutcome(error, outcome));
}

function withDriver(adapter: Adapter, change: (driver: Driver) => Partial<Driver>): Adapter {
  return {
    ...adapter,
    async open(options) {
      const driver = await adapter.open(options);
      return changed(driver, change(driver));
    },
  };
}

function withTransactions(
  adapter: Adapter,
  change: (transaction: DriverTransaction) => Partial<DriverTransaction>,
): Adapter {
  return withDriver(adapter, (driver) => ({
    async begin(options, call) {
      const transaction = await driver.begin!(options, call);
      return changed(transaction, change(transaction));
    },
  }));
}

function changed<T extends Session>(session: T, methods: Partial<T>): T {
  return new Proxy(session, {
    get(target, name) {
      if (Object.hasOwn(methods, name)) return Reflect.get(methods, name);
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
