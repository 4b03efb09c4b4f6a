import { tracingChannel } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Observer } from '../src/events.ts';
import { ConnectorError, connect, type QueryEvent, sql } from '../src/index.ts';
import { expectError, failOnUnhandledRejections, failure, turn } from './expectations.ts';
import { ScriptedDriver, table } from './scripted-driver.ts';

failOnUnhandledRejections();

function hooked() {
  const script = new ScriptedDriver();
  const events: QueryEvent[] = [];
  const db = connect(script.adapter, { onQuery: (event) => events.push({ ...event }) });
  return { script, db, events };
}

/** Names of the channel's messages in the order they came, each with a copy of its event. */
function subscribed() {
  const heard: [string, Record<string, unknown>][] = [];
  const listen = (name: string) => (message: object) => void heard.push([name, { ...message }]);
  const subscribers = {
    start: listen('start'),
    end: listen('end'),
    asyncStart: listen('asyncStart'),
    asyncEnd: listen('asyncEnd'),
    error: listen('error'),
  };
  const channel = tracingChannel('sqlport:query');
  channel.subscribe(subscribers);
  onTestFinished(() => void channel.unsubscribe(subscribers));
  return heard;
}

describe('onQuery', () => {
  it('is told of a call when it has ended', async () => {
    const { script, db, events } = hooked();
    script.answer('execute', { ...table(['a'], [1], [2]), rowsAffected: 2 });
    await db.query(sql`select a from t where b = ${'canary'} and c = 'canary'`);
    expect(events).toEqual([
      {
        adapter: 'scripted',
        dialect: 'postgres',
        operation: 'query',
        text: 'select a from t where b = $1 and c = ?',
        transaction: false,
        durationMs: expect.any(Number),
        attempts: 1,
        rows: 2,
        rowsAffected: 2,
      },
    ]);
    expect(events[0]?.durationMs).toBeGreaterThanOrEqual(0);
  });

  it('is told of an error by its codes only', async () => {
    const { script, db, events } = hooked();
    const details = { sqlState: '23505', errno: 1062, serverMessage: 'canary', outcome: 'not-applied' as const };
    script.fail('execute', new ConnectorError('CONSTRAINT', 'canary', details));
    await expectError(db.query(sql`select 1`), 'CONSTRAINT');
    expect(events[0]?.error).toEqual({ code: 'CONSTRAINT', outcome: 'not-applied', sqlState: '23505', errno: 1062 });
    expect(inspect(events, { depth: 9 })).not.toContain('canary');
  });

  it('is told of the fault of an adapter as INTERNAL', async () => {
    const { script, db, events } = hooked();
    script.fail('execute', new Error('canary'));
    await expectError(db.query(sql`select 1`), 'INTERNAL', 'unknown');
    expect(events[0]?.error).toEqual({ code: 'INTERNAL', outcome: 'unknown' });
  });

  it('is told of an abort, and of a call that closing refused', async () => {
    const { script, db, events } = hooked();
    script.hold('execute');
    await expectError(db.query(sql`select 1`, { timeoutMs: 1 }), 'TIMEOUT', 'unknown');
    expect(events.at(-1)?.error).toEqual({ code: 'TIMEOUT', outcome: 'unknown' });
    await db.close();
    await expectError(db.query(sql`select 1`), 'CLOSED');
    expect(events.at(-1)?.error).toEqual({ code: 'CLOSED', outcome: 'not-applied' });
  });

  it('counts the tries, also of a call that fails in the end', async () => {
    const { script, db, events } = hooked();
    script.fail('execute', failure('THROTTLED'));
    await db.query(sql`select 1`);
    expect(events[0]).toMatchObject({ attempts: 2 });
    const tx = await db.begin();
    script.fail('tx1 execute', failure('THROTTLED'));
    script.fail('tx1 execute', failure('SYNTAX'));
    await expectError(tx.query(sql`select 1`), 'SYNTAX');
    expect(events.at(-1)).toMatchObject({ attempts: 2, error: { code: 'SYNTAX' } });
  });

  it('is told of every step of a transaction', async () => {
    const { db, events } = hooked();
    await db.transaction(async (tx) => {
      await tx.query(sql`select 1`);
      await tx.transaction(async (inner) => {
        await inner.query(sql`select 2`);
      });
    });
    await expect(db.transaction(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(events.map(({ operation, text, transaction }) => [operation, text, transaction])).toEqual([
      ['begin', '', false],
      ['query', 'select ?', true],
      ['savepoint', 'savepoint sqlport_1', true],
      ['query', 'select ?', true],
      ['savepoint', 'release savepoint sqlport_1', true],
      ['commit', '', true],
      ['begin', '', false],
      ['rollback', '', true],
    ]);
  });

  it('is told of a batch once, with the sums of its results', async () => {
    const { script, db, events } = hooked();
    script.answer('tx1 execute select 1', table(['a'], [1], [2]));
    script.answer('tx1 execute update', { ...table([]), rowsAffected: 3 });
    await db.batch([sql`select 1`, sql`update t set a = 1`]);
    expect(events).toMatchObject([{ operation: 'batch', text: 'select ?', rows: 2, rowsAffected: 3 }]);
  });

  it('is told of the fetches of a stream, with their rows', async () => {
    const { script, db, events } = hooked();
    script.streams.push([table(['a'], [1], [2]), table(['a'], [3])]);
    for await (const _ of db.stream(sql`select a`));
    expect(events.every(({ operation }) => operation === 'stream')).toBe(true);
    expect(events[0]?.text).toBe('select a');
    expect(events.reduce((sum, { rows }) => sum + rows, 0)).toBe(3);
  });

  it('does no harm when it throws or rejects', async () => {
    const script = new ScriptedDriver();
    const db = connect(script.adapter, {
      onQuery: () => {
        throw new Error('a fault of the hook');
      },
    });
    await db.query(sql`select 1`);
    script.fail('execute', failure('SYNTAX'));
    await expectError(db.query(sql`select 1`), 'SYNTAX');
    const later = connect(script.adapter, { onQuery: async () => Promise.reject(new Error('a fault of the hook')) });
    await later.query(sql`select 1`);
    await turn();
  });

  it('is not told of what was refused before it became a call', async () => {
    const { db, events } = hooked();
    await expectError(db.query('select 1; select 2'), 'SYNTAX');
    expect(events).toEqual([]);
  });
});

describe('the tracing channel sqlport:query', () => {
  it('hears start, end and asyncEnd of a call that succeeds, and no rows', async () => {
    const heard = subscribed();
    const script = new ScriptedDriver();
    script.answer('execute', table(['a'], ['canary']));
    await connect(script.adapter).query(sql`select ${'canary'}`);
    expect(heard.map(([name]) => name)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(heard[0]?.[1]).toMatchObject({ operation: 'query', text: 'select $1', adapter: 'scripted' });
    expect(heard.at(-1)?.[1]).toMatchObject({ rows: 1 });
    expect(inspect(heard, { depth: 9, showHidden: true })).not.toContain('canary');
  });

  it('hears of an error between, and nothing of a native one', async () => {
    const heard = subscribed();
    const script = new ScriptedDriver();
    script.fail('execute', Object.assign(new Error('canary'), { sql: 'canary' }));
    await expectError(connect(script.adapter).query(sql`select 1`), 'INTERNAL', 'unknown');
    expect(heard.map(([name]) => name)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(heard.at(-1)?.[1]).toMatchObject({ error: { code: 'INTERNAL', outcome: 'unknown' } });
    expect(inspect(heard, { depth: 9 })).not.toContain('canary');
  });

  it('hears calls of a transaction, in their order', async () => {
    const heard = subscribed();
    const script = new ScriptedDriver();
    await connect(script.adapter).transaction((tx) => tx.query(sql`select 1`));
    const started = heard.filter(([name]) => name === 'start');
    expect(started.map(([, event]) => event['operation'])).toEqual(['begin', 'query', 'commit']);
  });

  it('is found by who subscribes after the connection was made', async () => {
    const script = new ScriptedDriver();
    const db = connect(script.adapter);
    await db.ping();
    const heard = subscribed();
    await db.ping();
    expect(heard.length).toBe(4);
  });
});

it('looks at nothing where nobody listens', async () => {
  const observer = new Observer('scripted', 'postgres', undefined);
  // A text that cannot be looked at.
  const event = await observer.observe('query', undefined as never, false, async (given) => given);
  expect(event).toBeUndefined();
});

it('gives the same result whether somebody listens or not', async () => {
  const script = new ScriptedDriver();
  script.answer('execute', table(['a'], [1]));
  subscribed();
  const db = connect(script.adapter, { onQuery: () => {} });
  expect((await db.query(sql`select a`)).rows).toEqual([{ a: 1 }]);
});
