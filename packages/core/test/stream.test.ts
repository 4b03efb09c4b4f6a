import { expect, it, vi } from 'vitest';
import { connect, sql } from '../src/index.ts';
import { expectError, failOnUnhandledRejections, failure, turn } from './expectations.ts';
import { ScriptedDriver, table } from './scripted-driver.ts';

failOnUnhandledRejections();

const STATEMENT = sql`select a`;
const PAGES = [table(['a'], [1], [2]), table(['a'], [3], [4])];

async function opened(pages = PAGES) {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  await db.ping();
  script.forget();
  script.streams.push(pages);
  return { script, db };
}

async function collect<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

it('sends nothing before the first row is asked for', async () => {
  const { script, db } = await opened();
  const rows = db.stream(STATEMENT)[Symbol.asyncIterator]();
  await turn();
  expect(script.log).toEqual([]);
  expect(await rows.next()).toEqual({ done: false, value: { a: 1 } });
  expect(script.log).toEqual(['stream select a', 'fetch']);
});

it('sends nothing where it is left before the first row', async () => {
  const { script, db } = await opened();
  const rows = db.stream(STATEMENT)[Symbol.asyncIterator]();
  expect(await rows.return?.()).toEqual({ done: true, value: undefined });
  expect(await rows.next()).toEqual({ done: true, value: undefined });
  expect(script.log).toEqual([]);
});

it('reads page after page, each only when it is needed, and releases at the end', async () => {
  const { script, db } = await opened();
  const rows = db.stream(STATEMENT)[Symbol.asyncIterator]();
  await rows.next();
  await rows.next();
  expect(script.log).toEqual(['stream select a', 'fetch']);
  await rows.next();
  expect(script.log).toEqual(['stream select a', 'fetch', 'fetch']);
  await rows.next();
  expect(await rows.next()).toEqual({ done: true, value: undefined });
  expect(await rows.next()).toEqual({ done: true, value: undefined });
  expect(script.log).toEqual(['stream select a', 'fetch', 'fetch', 'fetch', 'return']);
});

it('gives all rows in order, empty pages in between or not', async () => {
  const { db } = await opened([table(['a'], [1]), table(['a']), table(['a'], [2])]);
  expect(await collect(db.stream(STATEMENT))).toEqual([{ a: 1 }, { a: 2 }]);
});

it('asks for pageSize rows at a time, 1,000 by default', async () => {
  const { script, db } = await opened();
  script.calls.length = 0;
  await collect(db.stream(STATEMENT));
  await collect(db.stream(STATEMENT, { pageSize: 7 }));
  expect(script.calls.map((call) => (call as { pageSize?: number }).pageSize)).toEqual([1_000, 7]);
});

it.each([0, -1, 1.5, 100_001, Number.NaN, '10'])('refuses pageSize %s with DATA', async (pageSize) => {
  const { script, db } = await opened();
  await expectError(collect(db.stream(STATEMENT, { pageSize: pageSize as number })), 'DATA');
  expect(script.log).toEqual([]);
});

it('refuses a statement that is none with DATA, when the first row is asked for', async () => {
  const { db } = await opened();
  await expectError(collect(db.stream(undefined as never)), 'DATA');
  await expectError(collect(db.stream(sql``)), 'SYNTAX');
});

it('runs again for each loop over it', async () => {
  const { script, db } = await opened();
  script.streams.push([table(['a'], [5])]);
  const stream = db.stream(STATEMENT);
  expect((await collect(stream)).length).toBe(4);
  expect(await collect(stream)).toEqual([{ a: 5 }]);
});

it('releases everything when the loop is left early', async () => {
  const { script, db } = await opened();
  for await (const row of db.stream(STATEMENT)) {
    expect(row).toEqual({ a: 1 });
    break;
  }
  expect(script.log).toEqual(['stream select a', 'fetch', 'return']);
});

it('answers calls of next that overlap in order', async () => {
  const { db } = await opened();
  const rows = db.stream(STATEMENT)[Symbol.asyncIterator]();
  const answers = await Promise.all([1, 2, 3, 4, 5, 6].map(() => rows.next()));
  expect(answers.map(({ value }) => value?.['a'])).toEqual([1, 2, 3, 4, undefined, undefined]);
  expect(answers.map(({ done }) => done)).toEqual([false, false, false, false, true, true]);
});

it('answers a call of next in its turn that is made while another still waits', async () => {
  const { db } = await opened();
  const rows = db.stream(STATEMENT)[Symbol.asyncIterator]();
  const first = rows.next();
  const second = rows.next();
  expect((await first).value).toEqual({ a: 1 });
  const third = rows.next();
  expect((await second).value).toEqual({ a: 2 });
  expect((await third).value).toEqual({ a: 3 });
});

it("leaves no listener on the caller's signal and no timer behind", async () => {
  const { signal } = new AbortController();
  const listen = vi.spyOn(signal, 'addEventListener');
  const unlisten = vi.spyOn(signal, 'removeEventListener');
  const { db } = await opened();
  vi.useFakeTimers();
  try {
    await collect(db.stream(STATEMENT, { signal, timeoutMs: 60_000 }));
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
  expect(listen.mock.calls.length).toBeGreaterThan(0);
  expect(unlisten.mock.calls.length).toBeGreaterThanOrEqual(listen.mock.calls.length);
});

it('is over after return, also where a fetch was under way', async () => {
  const { script, db } = await opened();
  const held = script.hold('fetch');
  const rows = db.stream(STATEMENT)[Symbol.asyncIterator]();
  const pending = rows.next();
  await held.reached;
  const returned = rows.return?.();
  held.resolve(table(['a'], [1], [2]));
  await pending;
  await returned;
  expect(await rows.next()).toEqual({ done: true, value: undefined });
  expect(script.log).toEqual(['stream select a', 'fetch', 'return']);
});

it('gives the rows before an error, then the error, then ends', async () => {
  const { script, db } = await opened();
  const rows = db.stream(STATEMENT)[Symbol.asyncIterator]();
  await rows.next();
  script.fail('fetch', failure('UNREACHABLE', 'unknown'));
  expect(await rows.next()).toMatchObject({ value: { a: 2 } });
  await expectError(rows.next(), 'UNREACHABLE', 'unknown');
  expect(await rows.next()).toEqual({ done: true, value: undefined });
  expect(script.log).toEqual(['stream select a', 'fetch', 'fetch', 'return']);
});

it('repeats the first fetch where it certainly had no effect, and no later one', async () => {
  const { script, db } = await opened();
  script.streams.push(PAGES);
  script.fail('fetch', failure('THROTTLED'));
  const rows = db.stream(STATEMENT)[Symbol.asyncIterator]();
  await rows.next();
  expect(script.log.filter((line) => line === 'stream select a').length).toBe(2);
  await rows.next();
  script.fail('fetch', failure('THROTTLED'));
  await expectError(rows.next(), 'THROTTLED');
});

it('ends at once when its signal is aborted during a fetch', async () => {
  const { script, db } = await opened();
  const controller = new AbortController();
  const held = script.hold('fetch');
  const rows = db.stream(STATEMENT, { signal: controller.signal })[Symbol.asyncIterator]();
  const pending = expectError(rows.next(), 'ABORTED', 'unknown');
  await held.reached;
  controller.abort();
  await pending;
  expect(held.signal?.aborted).toBe(true);
  await turn();
  expect(script.log).toEqual(['stream select a', 'fetch', 'return']);
});

it('does not wait for a driver that does not react to the abort', async () => {
  const { script, db } = await opened();
  const controller = new AbortController();
  const held = script.hold('fetch', { deaf: true });
  const rows = db.stream(STATEMENT, { signal: controller.signal })[Symbol.asyncIterator]();
  const pending = expectError(rows.next(), 'ABORTED', 'unknown');
  await held.reached;
  controller.abort();
  await pending;
  held.reject(new Error('too late for anyone'));
  await turn();
  expect(script.log).toEqual(['stream select a', 'fetch', 'return']);
});

it('fetches nothing more once its signal is aborted between two pages', async () => {
  const { script, db } = await opened();
  const controller = new AbortController();
  const rows = db.stream(STATEMENT, { signal: controller.signal })[Symbol.asyncIterator]();
  await rows.next();
  await rows.next();
  controller.abort();
  await expectError(rows.next(), 'ABORTED', 'unknown');
  await turn();
  expect(script.log).toEqual(['stream select a', 'fetch', 'return']);
});

it('counts timeoutMs for each fetch, not for the time between them', async () => {
  const { script, db } = await opened();
  vi.useFakeTimers();
  try {
    const rows = db.stream(STATEMENT, { timeoutMs: 100 })[Symbol.asyncIterator]();
    await rows.next();
    await vi.advanceTimersByTimeAsync(1_000);
    await rows.next();
    const held = script.hold('fetch');
    const pending = expectError(rows.next(), 'TIMEOUT', 'unknown');
    await held.reached;
    await vi.advanceTimersByTimeAsync(100);
    await pending;
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

it('ends with CLOSED when the connection closes during a fetch, and is released before the driver closes', async () => {
  const { script, db } = await opened();
  const held = script.hold('fetch');
  const rows = db.stream(STATEMENT)[Symbol.asyncIterator]();
  const pending = expectError(rows.next(), 'CLOSED', 'unknown');
  await held.reached;
  const closing = db.close();
  await Promise.all([pending, closing]);
  expect(script.log).toEqual(['stream select a', 'fetch', 'return', 'close']);
});

it('is released before the driver closes, also where that takes a while', async () => {
  const { script, db } = await opened();
  const rows = db.stream(STATEMENT)[Symbol.asyncIterator]();
  await rows.next();
  const releasing = script.hold('return');
  const returned = rows.return?.();
  await releasing.reached;
  const closing = db.close();
  await turn();
  expect(script.log.at(-1)).toBe('return');
  releasing.resolve();
  await Promise.all([returned, closing]);
  expect(script.log.at(-1)).toBe('close');
});

it('does not hold up close where a driver does not react to the abort of a fetch', async () => {
  const { script, db } = await opened();
  const held = script.hold('fetch', { deaf: true });
  const pending = expectError(db.stream(STATEMENT)[Symbol.asyncIterator]().next(), 'CLOSED', 'unknown');
  await held.reached;
  await Promise.all([pending, db.close()]);
  expect(script.log.at(-1)).toBe('close');
});

it('ends with CLOSED when the connection closes between two pages', async () => {
  const { script, db } = await opened();
  const rows = db.stream(STATEMENT)[Symbol.asyncIterator]();
  await rows.next();
  await db.close();
  expect(script.log.at(-1)).toBe('close');
  await rows.next();
  await expectError(rows.next(), 'CLOSED', 'unknown');
  expect(script.log.filter((line) => line === 'fetch').length).toBe(1);
});

it('validates every row, and releases at the first that does not match', async () => {
  const { script, db } = await opened();
  const even = schema((row) => ((row as { a: number }).a === 2 ? [{ path: ['a'] }] : undefined));
  const rows = db.stream(sql.typed(even)`select a`)[Symbol.asyncIterator]();
  expect(await rows.next()).toMatchObject({ value: { a: 1 } });
  await expectError(rows.next(), 'DATA', 'applied');
  expect(await rows.next()).toEqual({ done: true, value: undefined });
  expect(script.log.at(-1)).toBe('return');
});

it('reads the whole result first where the driver has no streams, still page by page for the caller', async () => {
  const script = new ScriptedDriver({ traits: { streams: 'buffered' } });
  const db = connect(script.adapter);
  script.answer('execute select a', table(['a'], [1], [2], [3]));
  expect(await collect(db.stream(STATEMENT, { pageSize: 2 }))).toEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
  expect(await collect(db.stream(STATEMENT))).toEqual([]);
  expect(script.log).toEqual(['open', 'execute select a', 'execute select a']);
});

it('passes on what fails where the driver has no streams, and retries it alike', async () => {
  const script = new ScriptedDriver({ traits: { streams: 'buffered' } });
  const db = connect(script.adapter);
  script.fail('execute', failure('THROTTLED'));
  script.fail('execute', failure('PERMISSION'));
  await expectError(collect(db.stream(STATEMENT)), 'PERMISSION');
  expect(script.log).toEqual(['open', 'execute select a', 'execute select a']);
});

function schema(issues: (row: unknown) => { path: string[] }[] | undefined) {
  return {
    '~standard': {
      version: 1 as const,
      vendor: 'test',
      validate: async (value: unknown) => {
        const found = issues(value);
        return found === undefined ? { value } : { issues: found };
      },
    },
  };
}
