import { expect, it } from 'vitest';
import { connect, isConnectorError, sql } from '../src/index.ts';
import type { Driver } from '../src/spi/index.ts';
import { expectError, failOnUnhandledRejections, failure, turn } from './expectations.ts';
import { ScriptedDriver, table } from './scripted-driver.ts';

failOnUnhandledRejections();

it('opens nothing before the first use', async () => {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  await db.close();
  expect(script.log).toEqual([]);
});

it('opens once for two first queries at once', async () => {
  const script = new ScriptedDriver();
  const opening = script.hold('open');
  const db = connect(script.adapter);
  const both = Promise.all([db.query(sql`select 1`), db.query(sql`select 2`), db.begin()]);
  await opening.reached;
  expect(script.log).toEqual(['open']);
  const driver = await openedDriver();
  opening.resolve(driver);
  await both;
  expect(driver.log).toEqual(['select 1', 'select 2', 'begin']);
});

it('passes the value options on when it opens', async () => {
  const script = new ScriptedDriver();
  const db = connect(script.adapter, { int64: 'bigint' });
  await db.ping();
  expect(script.opens[0]?.values).toEqual({ int64: 'bigint', instants: 'date', json: 'parsed' });
});

it('tries to open again after a failure, at the next use', async () => {
  const script = new ScriptedDriver();
  script.fail('open', failure('AUTH'));
  const db = connect(script.adapter);
  await expectError(db.query(sql`select 1`), 'AUTH');
  await db.query(sql`select 1`);
  expect(script.log).toEqual(['open', 'open', 'execute select 1']);
});

it('tries to open again also where open threw at once', async () => {
  const script = new ScriptedDriver();
  script.throwAtOnce('open', failure('AUTH'));
  const db = connect(script.adapter);
  await expectError(db.query(sql`select 1`), 'AUTH');
  await db.query(sql`select 1`);
  expect(script.log).toEqual(['open', 'open', 'execute select 1']);
});

it('gives everyone who waits for a failed opening its error', async () => {
  const script = new ScriptedDriver();
  script.fail('open', failure('CONFIG'));
  const db = connect(script.adapter);
  const first = expectError(db.query(sql`select 1`), 'CONFIG');
  const second = expectError(db.query(sql`select 2`), 'CONFIG');
  await Promise.all([first, second]);
  expect(script.log).toEqual(['open']);
});

it('runs calls at once outside of a transaction', async () => {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  await db.ping();
  const first = script.hold('execute select 2');
  const second = script.hold('execute select 3');
  const both = Promise.all([db.query(sql`select 2`), db.query(sql`select 3`)]);
  await Promise.all([first.reached, second.reached]);
  second.resolve(table(['a'], [3]));
  first.resolve(table(['a'], [2]));
  expect((await both).map(({ rows }) => rows[0])).toEqual([{ a: 2 }, { a: 3 }]);
});

it('refuses every method after close', async () => {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  await db.ping();
  await db.close();
  script.forget();
  await expectError(db.query(sql`select 1`), 'CLOSED');
  await expectError(db.values(sql`select 1`), 'CLOSED');
  await expectError(db.first(sql`select 1`), 'CLOSED');
  await expectError(db.one(sql`select 1`), 'CLOSED');
  await expectError(db.batch([sql`select 1`, sql`select 2`]), 'CLOSED');
  await expectError(db.executeMany('select $1', [[1], [2]]), 'CLOSED');
  await expectError(db.script('select 1; select 2'), 'CLOSED');
  await expectError(db.begin(), 'CLOSED');
  await expectError(
    db.transaction(async () => {}),
    'CLOSED',
  );
  await expectError(db.ping(), 'CLOSED');
  await expectError(async () => {
    for await (const _ of db.stream(sql`select 1`));
  }, 'CLOSED');
  expect(script.log).toEqual([]);
});

it('closes once, however often close is called', async () => {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  await db.ping();
  await Promise.all([db.close(), db.close()]);
  await db[Symbol.asyncDispose]();
  expect(script.log).toEqual(['open', 'execute select 1', 'close']);
});

it('lets a statement under way finish before it closes', async () => {
  const script = new ScriptedDriver();
  const running = script.hold('execute');
  const db = connect(script.adapter);
  const query = db.query(sql`select 1`);
  await running.reached;
  const closing = db.close();
  await turn();
  expect(script.log).toEqual(['open', 'execute select 1']);
  running.resolve(table(['a'], [1]));
  expect((await query).rows).toEqual([{ a: 1 }]);
  await closing;
  expect(script.log.at(-1)).toBe('close');
});

it('rolls back an open transaction when it closes, after the statement that runs on it', async () => {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  const tx = await db.begin();
  const running = script.hold('tx1 execute');
  const query = tx.query(sql`update t set a = 1`);
  await running.reached;
  const closing = db.close();
  const queued = expectError(tx.query(sql`select 2`), 'CLOSED');
  await turn();
  expect(script.log.at(-1)).toBe('tx1 execute update t set a = 1');
  running.resolve(table([]));
  await Promise.all([query, queued, closing]);
  expect(script.log.slice(2)).toEqual(['tx1 execute update t set a = 1', 'tx1 rollback', 'close']);
  await expectError(tx.commit(), 'CLOSED');
});

it('can be closed from within the body of a transaction', async () => {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  await expectError(
    db.transaction(async () => {
      await db.close();
    }),
    'CLOSED',
  );
  expect(script.log).toEqual(['open', 'begin', 'tx1 rollback', 'close']);
});

it('rolls back a transaction whose BEGIN was on its way when it closed, and does not hand it out', async () => {
  const script = new ScriptedDriver();
  const beginning = script.hold('begin');
  const db = connect(script.adapter);
  const begun = expectError(db.begin(), 'CLOSED');
  await beginning.reached;
  const closing = db.close();
  beginning.resolve();
  await Promise.all([begun, closing]);
  expect(script.log).toEqual(['open', 'begin', 'tx1 rollback', 'close']);
});

it('ends an opening under way with CLOSED', async () => {
  const script = new ScriptedDriver();
  const opening = script.hold('open');
  const db = connect(script.adapter);
  const query = expectError(db.query(sql`select 1`), 'CLOSED', 'unknown');
  await opening.reached;
  const closing = db.close();
  expect(opening.signal?.aborted).toBe(true);
  await Promise.all([query, closing]);
});

it('ends an opening under way with CLOSED even where the adapter does not react, and closes what it opens late', async () => {
  const script = new ScriptedDriver();
  const opening = script.hold('open', { deaf: true });
  const db = connect(script.adapter);
  const query = expectError(db.query(sql`select 1`), 'CLOSED');
  await opening.reached;
  const closing = db.close();
  await query;
  const late = await openedDriver();
  opening.resolve(late);
  await closing;
  await turn();
  expect(late.log).toEqual(['close']);
});

it('rejects close with a ConnectorError where the driver cannot close', async () => {
  const script = new ScriptedDriver();
  script.fail('close', new Error('socket canary'));
  const db = connect(script.adapter);
  await db.ping();
  const error = await expectError(db.close(), 'INTERNAL', 'unknown');
  expect(error.message).not.toContain('canary');
});

it('does not leave a call that waits for its next try hanging when it closes', async () => {
  const script = new ScriptedDriver();
  script.fail('execute', failure('RESUMING'), 1_000);
  const db = connect(script.adapter, { retry: { budgetMs: 60_000 } });
  const query = db.query(sql`select 1`).catch((error: unknown) => error);
  await turn();
  await db.close();
  expect(isConnectorError(await query)).toBe(true);
  expect(script.opens.length).toBe(1);
});

/** A driver that the test hands over by itself. */
async function openedDriver(): Promise<Driver & { log: string[] }> {
  const log: string[] = [];
  const execute: Driver['execute'] = async ({ text }) => {
    log.push(text);
    return table([]);
  };
  const begin: Driver['begin'] = async () => {
    log.push('begin');
    return { execute, commit: async () => {}, rollback: async () => {} };
  };
  return { log, execute, begin, stream: async function* () {}, close: async () => void log.push('close') };
}
