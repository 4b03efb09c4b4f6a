import { failure, until } from '@sqlport/conformance/driver';
import { sql } from '@sqlport/core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
let db: ReturnType<Fixture['connect']>;
beforeAll(async () => {
  fixture = await Fixture.start();
  db = fixture.connect();
  await db.query('create table t (a int primary key)');
  await db.query('delete from t');
});
beforeEach(() => db.query('delete from t'));
afterEach(() => fixture.endpoint.clearFaults());
afterAll(() => fixture.stop());

const rows = async () => (await db.values(sql`select a from t order by a`)).rows.flat();
const insert = (a: number) => sql`insert into t values (${a})`;
const inject: Fixture['endpoint']['injectFault'] = (fault, scope) => fixture.endpoint.injectFault(fault, scope);

describe('a session that the server does not know any more', () => {
  it('at a statement: it ran by itself, and stays; the transaction is gone', async () => {
    const tx = await db.begin();
    await tx.query(insert(1));
    inject({ kind: 'swap-token' });
    expect(await failure(tx.query(insert(2)))).toMatchObject({ code: 'TRANSACTION', outcome: 'unknown' });
    expect(await failure(tx.query(insert(3)))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await failure(tx.commit())).toMatchObject({ code: 'TRANSACTION', outcome: 'unknown' });
    expect(await rows()).toEqual([2]);
  });

  it('at COMMIT: that is no commit', async () => {
    const tx = await db.begin();
    await tx.query(insert(1));
    inject({ kind: 'swap-token' });
    expect(await failure(tx.commit())).toMatchObject({ code: 'TRANSACTION', outcome: 'unknown' });
    expect(await rows()).toEqual([]);
  });

  it('at ROLLBACK: nothing is left to roll back', async () => {
    const tx = await db.begin();
    await tx.query(insert(1));
    inject({ kind: 'swap-token' });
    await tx.rollback();
    expect(await rows()).toEqual([]);
  });

  it('in a batch: never a silent success', async () => {
    inject({ kind: 'swap-token' }, { sql: /values \(2\)/ });
    const error = await failure(db.batch([insert(1), insert(2), insert(3)]));
    expect(error).toMatchObject({ code: 'TRANSACTION', outcome: 'unknown' });
    expect(await rows()).toEqual([2]);
  });

  it('is not mistaken for a conflict that is tried again', async () => {
    let runs = 0;
    inject({ kind: 'swap-token' }, { sql: /values \(1\)/ });
    const work = db.transaction(
      async (tx) => {
        runs += 1;
        await tx.query(insert(1));
      },
      { retry: 3 },
    );
    expect(await failure(work)).toMatchObject({ code: 'TRANSACTION', outcome: 'unknown', retryable: false });
    expect(runs).toBe(1);
  });

  it.each(['autocommit', 'refuse'] as const)(
    'is TRANSACTION where the server answers with %s',
    async (unknownSession) => {
      const { options } = fixture.endpoint;
      const before = options.unknownSession;
      options.unknownSession = unknownSession;
      try {
        const tx = await db.begin();
        await tx.query(insert(1));
        inject({ kind: 'expired-session' });
        expect(await failure(tx.query(insert(2)))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
        expect(await failure(tx.commit())).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
        expect(await rows()).toEqual([]);
      } finally {
        options.unknownSession = before;
      }
    },
  );

  it('at COMMIT, refused as expired: not applied', async () => {
    const tx = await db.begin();
    await tx.query(insert(1));
    inject({ kind: 'expired-session' });
    expect(await failure(tx.commit())).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await rows()).toEqual([]);
  });
});

describe('an answer that does not come', () => {
  it.each([
    ['drop', { kind: 'drop', when: 'after' }, [1]],
    ['drop before', { kind: 'drop', when: 'before' }, []],
    ['cut body', { kind: 'cut-body' }, [1]],
    ['bad gateway', { kind: 'bad-gateway' }, []],
  ] as const)('(%s) leaves the outcome of a statement unknown', async (_, fault, there) => {
    inject(fault, { sql: /insert/ });
    expect(await failure(db.query(insert(1)))).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    expect(await rows()).toEqual(there);
  });

  it.each([
    ['drop', { kind: 'drop', when: 'after' }],
    ['drop before', { kind: 'drop', when: 'before' }],
    ['cut body', { kind: 'cut-body' }],
    ['bad gateway', { kind: 'bad-gateway' }],
    ['server error', { kind: 'server-error', when: 'after' }],
  ] as const)('(%s) leaves the outcome of COMMIT unknown', async (_, fault) => {
    const tx = await db.begin();
    await tx.query(insert(1));
    inject(fault);
    expect(await failure(tx.commit())).toMatchObject({ outcome: 'unknown', retryable: false });
  });

  it('ends a transaction: nothing is applied', async () => {
    inject({ kind: 'drop', when: 'after' }, { sql: /values \(2\)/ });
    const work = db.transaction(async (tx) => {
      await tx.query(insert(1));
      await tx.query(insert(2)).catch(() => {});
      await tx.query(insert(3));
    });
    expect(await failure(work)).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    await until(() => fixture.endpoint.sessions === 0);
    expect(await rows()).toEqual([]);
  });

  it('of BEGIN means that nothing was applied, and is asked for again', async () => {
    const own = fixture.connect({}, { retry: { attempts: 2 } });
    inject({ kind: 'drop', when: 'before' });
    await own.transaction((tx) => tx.query(insert(1)));
    expect(await rows()).toEqual([1]);
  });

  it('of ROLLBACK is asked for again', async () => {
    const tx = await db.begin();
    await tx.query(insert(1));
    inject({ kind: 'drop', when: 'before' }, { times: 2 });
    await tx.rollback();
    expect(fixture.endpoint.sessions).toBe(0);
  });

  it('of ROLLBACK, for good, is said: the server keeps the transaction for a while', async () => {
    const tx = await db.begin();
    await tx.query(insert(1));
    const fault = inject({ kind: 'drop', when: 'before' }, { times: Number.POSITIVE_INFINITY });
    const error = await failure(tx.rollback());
    expect(error).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    expect(error.message).toContain('idle');
    // And it is tried for a while longer.
    fault.clear();
    await until(() => fixture.endpoint.sessions === 0);
  });
});

it.each(['before', 'after'] as const)('a server error %s the statement is of unknown outcome', async (when) => {
  inject({ kind: 'server-error', when }, { sql: /insert/ });
  const error = await failure(db.query(insert(1)));
  expect(error).toMatchObject({ code: 'DATABASE', outcome: 'unknown' });
  expect(error.message).toContain('500');
  expect(await rows()).toEqual(when === 'after' ? [1] : []);
});

it('an HTML page keeps its status and its beginning, out of the message', async () => {
  inject({ kind: 'bad-gateway' });
  const error = await failure(db.query('select 1'));
  expect(error.message).toContain('502');
  expect(error.message).not.toContain('<');
  expect(error.serverMessage).toContain('<html');
});

it.each([8002, 8022, 8028, 9007, 1213] as const)(
  'error %s in a transaction is CONFLICT, and runs it again',
  async (errno) => {
    let runs = 0;
    inject({ kind: 'sql-error', errno }, { sql: /values \(2\)/ });
    await db.transaction(
      async (tx) => {
        runs += 1;
        await tx.query(insert(1));
        const second = tx.query(insert(2));
        if (runs === 1) {
          expect(await failure(second)).toMatchObject({ code: 'CONFLICT', outcome: 'not-applied', errno });
          // The server has rolled back: what comes now would run by itself.
          expect(await failure(tx.query(insert(3)))).toMatchObject({ code: 'TRANSACTION' });
        }
        await second;
      },
      { retry: 1 },
    );
    expect(runs).toBe(2);
    expect(await rows()).toEqual([1, 2]);
  },
);

it.each([8022, 8028, 9007, 1213] as const)(
  'error %s of COMMIT is CONFLICT, not applied, and runs it again',
  async (errno) => {
    let runs = 0;
    inject({ kind: 'sql-error', errno }, { sql: /COMMIT/ });
    await db.transaction(
      async (tx) => {
        runs += 1;
        await tx.query(insert(runs));
      },
      { retry: 1 },
    );
    expect(await rows()).toEqual([2]);
  },
);

describe('a read-only transaction', () => {
  const readOnly = { readOnly: true } as const;

  it('sends nothing that may write', async () => {
    const sent = await fixture.sentBy(() =>
      db.transaction(async (tx) => {
        for (const text of ['insert into t values (1)', 'update t set a = 1', 'with c as (select 1) delete from t']) {
          expect(await failure(tx.query(text))).toMatchObject({ code: 'READ_ONLY', outcome: 'not-applied' });
        }
        expect((await tx.query("select replace('insert', 'i', 'I'), count(*) from t for update")).rows).toHaveLength(1);
      }, readOnly),
    );
    expect(sent).toEqual(['BEGIN', "select replace('insert', 'i', 'I'), count(*) from t for update", 'COMMIT']);
  });

  it('may be nested', async () => {
    await db.transaction((tx) => tx.transaction((inner) => inner.query('select 1')), readOnly);
  });
});

it('a redirect is not followed, and says so', async () => {
  inject({ kind: 'redirect', to: `http://127.0.0.1:${fixture.endpoint.port}/v1beta/sql` }, { sql: /insert/ });
  const before = fixture.endpoint.calls.length;
  const error = await failure(db.query(insert(1)));
  expect(error).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
  expect(error.message).toContain('redirect');
  expect(fixture.endpoint.calls.length - before).toBe(1);
});

it('an answer without a session is of unknown outcome', async () => {
  inject({ kind: 'no-session-header' }, { sql: /insert/ });
  expect(await failure(db.query(insert(1)))).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
});

describe('a limit', () => {
  it('of the adapter ends a request that hangs', async () => {
    const own = fixture.connect({ requestTimeoutMs: 100 });
    inject({ kind: 'latency', ms: 60_000 });
    const error = await failure(own.query('select 1'));
    expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect(error.message).toContain('requestTimeoutMs');
  });

  it('of the caller ends a body that does not come', async () => {
    inject({ kind: 'slow-body', ms: 60_000 });
    expect(await failure(db.query('select 1', [], { timeoutMs: 100 }))).toMatchObject({
      code: 'TIMEOUT',
      outcome: 'unknown',
    });
  });

  it('at BEGIN leaves no session open', async () => {
    const before = fixture.endpoint.calls.length;
    inject({ kind: 'slow-body', ms: 100 }, { sql: /^begin/i });
    const controller = new AbortController();
    const begun = failure(db.begin({ signal: controller.signal }));
    await until(() => fixture.endpoint.sessions === 1);
    controller.abort();
    expect(await begun).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    await until(() => fixture.endpoint.sessions === 0);
    expect(fixture.endpoint.calls.slice(before).map(({ sql: text }) => text)).toEqual(['BEGIN', 'ROLLBACK']);
  });

  it('by the caller aborts the request itself', async () => {
    const controller = new AbortController();
    let aborted = false;
    const own = fixture.connect({
      fetch: (url, init) => {
        init.signal.addEventListener('abort', () => {
          aborted = true;
        });
        queueMicrotask(() => controller.abort());
        return fixture.config.fetch(url, init);
      },
    });
    const error = await failure(own.query('select 1', [], { signal: controller.signal }));
    expect(error).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(aborted).toBe(true);
  });
});

it('an abandoned statement does not keep its transaction open, though its session is busy', async () => {
  const tx = await db.begin();
  await tx.query(insert(1));
  await failure(tx.query('select sleep(1)', [], { timeoutMs: 50 }));
  await tx.rollback();
  await until(() => fixture.endpoint.sessions === 0);
  expect(await rows()).toEqual([]);
  await db.query(insert(1));
});

it('closing ends what is open', async () => {
  const own = fixture.connect();
  const tx = await own.begin();
  await tx.query(insert(1));
  await own.close();
  expect(fixture.endpoint.sessions).toBe(0);
  expect(await rows()).toEqual([]);
});

it('closing waits for a rollback that nobody waits for', async () => {
  const own = fixture.connect();
  const tx = await own.begin();
  await tx.query(insert(1));
  inject({ kind: 'drop', when: 'before' }, { sql: /COMMIT/ });
  inject({ kind: 'latency', ms: 200 }, { sql: /ROLLBACK/ });
  await failure(tx.commit());
  await own.close();
  expect(fixture.endpoint.sessions).toBe(0);
});

describe('errors', () => {
  it('with a number name it, their state and the constraint', async () => {
    await db.query(insert(1));
    expect(await failure(db.query(insert(1)))).toMatchObject({
      code: 'CONSTRAINT',
      outcome: 'not-applied',
      errno: 1062,
      sqlState: '23000',
      constraint: { kind: 'unique', name: 'PRIMARY' },
    });
  });

  it.each(['message', 'code', 'code-text'] as const)('are the same where the number is in the %s', async (form) => {
    const { options } = fixture.endpoint;
    const before = options.errorForm;
    options.errorForm = form;
    try {
      await db.query(insert(1));
      const constraint = { kind: 'unique', name: 'PRIMARY' };
      const violated = { code: 'CONSTRAINT', outcome: 'not-applied', errno: 1062, constraint };
      expect(await failure(db.query(insert(1)))).toMatchObject(violated);
      expect(await failure(db.query('select from'))).toMatchObject({ code: 'SYNTAX', errno: 1064 });
      // A statement that was refused leaves its transaction open.
      await db.transaction(async (tx) => {
        expect(await failure(tx.query(insert(1)))).toMatchObject(violated);
        await tx.query(insert(2));
      });
      expect(await rows()).toEqual([1, 2]);
    } finally {
      options.errorForm = before;
    }
  });

  it('about more than 10,000 rows say what to do', async () => {
    await db.query('create table digits (d int)');
    await db.executeMany(
      'insert into digits values (?)',
      Array.from({ length: 10 }, (_, d) => [d]),
    );
    const product = 'digits a, digits b, digits c, digits d';
    expect((await db.query(`select 1 from ${product}`)).rows).toHaveLength(10_000);
    const error = await failure(db.query(`select 1 from ${product}, digits e limit 10001`));
    expect(error).toMatchObject({ code: 'RESULT_TOO_LARGE', outcome: 'applied' });
    expect(error.message).toContain('LIMIT');
  });

  it('about serializable say what to use instead', async () => {
    const error = await failure(db.begin({ isolation: 'serializable' }));
    expect(error).toMatchObject({ code: 'UNSUPPORTED', outcome: 'not-applied' });
    expect(error.message).toContain('repeatable read');
  });

  it('about a wrong password are AUTH', async () => {
    expect(await failure(fixture.connect({ password: 'wrong' }).query('select 1'))).toMatchObject({ code: 'AUTH' });
  });
});

it('a password of any characters logs in', async () => {
  const password = 'pässwörd ключ 鍵 🔑 :@/';
  fixture.endpoint.setPassword('app', password);
  try {
    const own = fixture.connect({ password });
    expect(await own.one(sql`select 1 as a`)).toEqual({ a: 1 });
  } finally {
    fixture.endpoint.setPassword('app', fixture.config.password);
  }
});
