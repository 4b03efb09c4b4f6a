import { expect, it } from 'vitest';
import { connect, sql, type Transaction } from '../src/index.ts';
import type { Traits } from '../src/spi/index.ts';
import { expectError, failOnUnhandledRejections, failure, turn } from './expectations.ts';
import { ScriptedDriver, table } from './scripted-driver.ts';

failOnUnhandledRejections();

const PAGES = [table(['a'], [1]), table(['a'], [2])];

async function begun(traits: Partial<Traits> = {}, signal?: AbortSignal) {
  const script = new ScriptedDriver({ traits });
  const db = connect(script.adapter);
  const tx = await db.begin({ signal });
  script.forget();
  script.streams.push(PAGES);
  return { script, db, tx };
}

const iterate = (tx: Transaction) => tx.stream(sql`select a`)[Symbol.asyncIterator]();

it('fetches in turn with the other calls, where the strategy can', async () => {
  const { script, tx } = await begun();
  const rows = iterate(tx);
  await rows.next();
  await tx.query(sql`select 1`);
  const held = script.hold('tx1 fetch');
  const second = rows.next();
  await held.reached;
  const query = tx.query(sql`select 2`);
  await turn();
  expect(script.log.at(-1)).toBe('tx1 fetch');
  held.resolve(table(['a'], [2]));
  expect((await second).value).toEqual({ a: 2 });
  await query;
  await rows.return?.();
  await tx.commit();
  expect(script.log).toEqual([
    'tx1 stream select a',
    'tx1 fetch',
    'tx1 execute select 1',
    'tx1 fetch',
    'tx1 execute select 2',
    'tx1 return',
    'tx1 commit',
  ]);
});

it('refuses other calls at once where the strategy runs nothing beside a stream', async () => {
  const { script, tx } = await begun({ interleavedStreams: false });
  const rows = iterate(tx);
  await rows.next();
  await expectError(tx.query(sql`select 1`), 'TRANSACTION');
  await expectError(iterate(tx).next(), 'TRANSACTION');
  await expectError(
    tx.transaction(async () => {}),
    'TRANSACTION',
  );
  await rows.return?.();
  await tx.query(sql`select 2`);
  expect(script.log.slice(2)).toEqual(['tx1 return', 'tx1 execute select 2']);
});

it.each(['commit', 'rollback'] as const)(
  'releases an open stream before %s, and does not pass its rows off as all of them',
  async (finish) => {
    const { script, tx } = await begun({ interleavedStreams: false });
    const rows = iterate(tx);
    await rows.next();
    await tx[finish]();
    expect(script.log.slice(2)).toEqual(['tx1 return', `tx1 ${finish}`]);
    // An abort would tell the driver to give the transaction up.
    expect(script.calls.at(-1)?.signal?.aborted).toBe(false);
    await expectError(rows.next(), 'TRANSACTION', 'unknown');
  },
);

it('can still be aborted while commit waits for its fetch', async () => {
  const controller = new AbortController();
  const { script, tx } = await begun({}, controller.signal);
  const held = script.hold('tx1 fetch');
  const pending = expectError(iterate(tx).next(), 'ABORTED', 'unknown');
  await held.reached;
  const commit = expectError(tx.commit(), 'ABORTED');
  await turn();
  controller.abort();
  await Promise.all([pending, commit]);
  expect(script.log.at(-1)).toBe('tx1 rollback');
});

it('releases an open stream before it rolls back a body that failed', async () => {
  const script = new ScriptedDriver();
  script.streams.push(PAGES);
  const own = new Error('mine');
  const work = connect(script.adapter).transaction(async (tx) => {
    await iterate(tx).next();
    throw own;
  });
  await expect(work).rejects.toBe(own);
  expect(script.log.slice(2)).toEqual(['tx1 stream select a', 'tx1 fetch', 'tx1 return', 'tx1 rollback']);
});

it('rolls back although the release of a stream fails', async () => {
  const { script, tx } = await begun();
  await iterate(tx).next();
  script.fail('tx1 return', failure('UNREACHABLE', 'unknown'));
  await tx[Symbol.asyncDispose]();
  expect(script.log.at(-1)).toBe('tx1 rollback');
});

it('gives the transaction up when a fetch is aborted', async () => {
  const { script, tx } = await begun();
  const controller = new AbortController();
  const held = script.hold('tx1 fetch');
  const rows = tx.stream(sql`select a`, { signal: controller.signal })[Symbol.asyncIterator]();
  const pending = expectError(rows.next(), 'ABORTED', 'unknown');
  await held.reached;
  controller.abort();
  await pending;
  await expectError(tx.query(sql`select 1`), 'TRANSACTION');
  await tx.rollback();
  expect(script.log).toEqual(['tx1 stream select a', 'tx1 fetch', 'tx1 return', 'tx1 rollback']);
});

it('does not hold up the rollback where a driver does not react to the abort of a fetch', async () => {
  const { script, tx } = await begun();
  const held = script.hold('tx1 fetch', { deaf: true });
  const rows = tx.stream(sql`select a`, { timeoutMs: 1 })[Symbol.asyncIterator]();
  await expectError(rows.next(), 'TIMEOUT', 'unknown');
  await tx.rollback();
  expect(script.log.at(-1)).toBe('tx1 rollback');
  held.reject(new Error('too late for anyone'));
  await turn();
});

it("passes the transaction's own signal on to the stream", async () => {
  const controller = new AbortController();
  const { script, tx } = await begun({}, controller.signal);
  const held = script.hold('tx1 fetch');
  const pending = expectError(iterate(tx).next(), 'ABORTED', 'unknown');
  await held.reached;
  controller.abort();
  expect(held.signal?.aborted).toBe(true);
  await pending;
  await tx.rollback();
  expect(script.log).toEqual(['tx1 stream select a', 'tx1 fetch', 'tx1 return', 'tx1 rollback']);
});

it('lets the fetch under way finish when the connection closes, then rolls back', async () => {
  const { script, db, tx } = await begun();
  const held = script.hold('tx1 fetch');
  const rows = iterate(tx);
  const pending = rows.next();
  await held.reached;
  const closing = db.close();
  held.resolve(table(['a'], [1]));
  expect((await pending).value).toEqual({ a: 1 });
  await closing;
  expect(script.log).toEqual(['tx1 stream select a', 'tx1 fetch', 'tx1 rollback', 'close']);
  await expectError(rows.next(), 'CLOSED');
  await turn();
  expect(script.log.at(-1)).toBe('close');
});

it('reads the whole result where the driver has no streams', async () => {
  const { script, tx } = await begun({ streams: 'buffered' });
  script.answer('tx1 execute select a', table(['a'], [1], [2]));
  const rows: unknown[] = [];
  for await (const row of tx.stream(sql`select a`, { pageSize: 1 })) rows.push(row);
  await tx.commit();
  expect(rows).toEqual([{ a: 1 }, { a: 2 }]);
  expect(script.log).toEqual(['tx1 execute select a', 'tx1 commit']);
});

it('refuses a stream that is first read after the transaction has ended', async () => {
  const { tx } = await begun();
  const rows = iterate(tx);
  await tx.commit();
  await expectError(rows.next(), 'TRANSACTION');
});
