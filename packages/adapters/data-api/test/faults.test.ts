import { type Connection, sql } from '@sqlport/core';
import { type ConnectorError, isConnectorError } from '@sqlport/core/spi';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { ENGINES, Fixture, failure, until } from './fixture.ts';

type Fault = Parameters<Fixture['endpoint']['faults']['add']>[0];
type Scope = Pick<Fault, 'operation' | 'sql'>;

/** What the service says before it looks at a statement, and what that means everywhere. */
const REFUSALS = [
  [{ fail: 'resuming' }, 'RESUMING'],
  [{ fail: 'throttling' }, 'THROTTLED'],
  [{ fail: 'too-many-requests' }, 'THROTTLED'],
] as const;

/** What leaves open whether the statement has run; some of it after the statement ran. */
const LOSSES = [
  { fail: 'service-unavailable' },
  { fail: 'service-unavailable', when: 'after' },
  { fail: 'internal-error' },
  { fail: 'internal-error', when: 'after' },
  { fail: 'database-unavailable' },
  { fail: 'database-unavailable', when: 'after' },
  { drop: 'unread' },
  { drop: 'before' },
  { drop: 'after' },
  { drop: 'mid-reply' },
] as const;

interface Place {
  readonly name: string;
  readonly scope: Scope;
  /** Writes a row, by one statement or several, in which the fault strikes. */
  write(db: Connection, id: number): Promise<unknown>;
  /** Code and outcome of a loss. */
  readonly loss: readonly [code: string, outcome: string];
  /** Whether core repeats what was refused, and what was lost. */
  readonly repeats: { readonly refusal: boolean; readonly loss: boolean };
}

const insert = (id: number) => sql`insert into t values (${id})`;
const INSIDE = { operation: 'ExecuteStatement', sql: /into t/ } as const;

const PLACES: readonly Place[] = [
  {
    name: 'a statement',
    scope: { operation: 'ExecuteStatement' },
    write: (db, id) => db.query(insert(id)),
    loss: ['UNREACHABLE', 'unknown'],
    repeats: { refusal: true, loss: false },
  },
  {
    name: 'a statement in a transaction',
    scope: INSIDE,
    write: (db, id) => db.transaction((tx) => tx.query(insert(id))),
    loss: ['TRANSACTION', 'not-applied'],
    repeats: { refusal: true, loss: false },
  },
  {
    name: 'BEGIN',
    scope: { operation: 'BeginTransaction' },
    write: (db, id) => db.transaction((tx) => tx.query(insert(id))),
    loss: ['UNREACHABLE', 'not-applied'],
    repeats: { refusal: true, loss: true },
  },
  {
    name: 'the settings of a transaction',
    scope: { operation: 'ExecuteStatement', sql: /^SET TRANSACTION/ },
    write: (db, id) => db.transaction((tx) => tx.query(insert(id)), { isolation: 'serializable' }),
    loss: ['UNREACHABLE', 'not-applied'],
    repeats: { refusal: true, loss: true },
  },
  {
    name: 'COMMIT',
    scope: { operation: 'CommitTransaction' },
    write: (db, id) => db.transaction((tx) => tx.query(insert(id))),
    loss: ['UNREACHABLE', 'unknown'],
    repeats: { refusal: false, loss: false },
  },
  {
    name: 'a batch',
    scope: INSIDE,
    write: (db, id) => db.batch([sql`select 1`, insert(id)]),
    loss: ['UNREACHABLE', 'not-applied'],
    repeats: { refusal: true, loss: true },
  },
];

// Core's delays between its tries are random shares.
beforeAll(() => void vi.spyOn(Math, 'random').mockReturnValue(0.01));
afterAll(() => void vi.restoreAllMocks());

describe.each(ENGINES)('%s', (engine) => {
  let fixture: Fixture;
  let once: Connection;
  let repeating: Connection;
  let nextId = 0;
  const many: Place = {
    name: 'executeMany',
    scope: engine === 'mysql' ? { operation: 'BatchExecuteStatement' } : { operation: 'ExecuteStatement', sql: /^DO/ },
    write: (db, id) => {
      const text = engine === 'mysql' ? 'insert into t select ? + ?' : 'insert into t select $1::int + $2::int';
      // Of two rows, so that the first could be left behind.
      return db.executeMany(text, [
        [id, 0],
        [-id, 0],
      ]);
    },
    loss: ['UNREACHABLE', 'not-applied'],
    repeats: { refusal: true, loss: true },
  };

  beforeAll(async () => {
    fixture = await Fixture.start(engine);
    once = fixture.connect();
    repeating = fixture.connect({}, { retry: { attempts: 3 } });
    await once.query('create table t (id int)');
    // On MySQL the first write asks for the server's settings.
    await once.query(insert(0));
    await repeating.query(insert(0));
  });
  afterEach(async () => {
    fixture.endpoint.faults.clear();
    // A transaction whose BEGIN was lost has no name to be ended by.
    await fixture.nothingOpenAfterExpiry();
  });
  afterAll(() => fixture.stop());

  /** How often the row is there, whatever was said; of several the one that is there most often. */
  const applied = async (id: number): Promise<number> => {
    const [row] = await fixture.ask(`select count(*), count(distinct id) from t where id in (${id}, ${-id})`);
    return Number(row![0]) / Math.max(1, Number(row![1]));
  };
  const settled = (work: Promise<unknown>): Promise<ConnectorError | undefined> =>
    work.then(
      () => undefined,
      (error: unknown) => {
        if (isConnectorError(error)) return error;
        throw error;
      },
    );

  describe.each([...PLACES, many])('in $name', ({ scope, write, loss, repeats }) => {
    it.each(REFUSALS)('%o is %s, not applied; repeated, it is applied once', async (effect, code) => {
      const id = ++nextId;
      fixture.endpoint.faults.add({ ...effect, ...scope, times: 1 });
      expect(await failure(write(once, id))).toMatchObject({ code, outcome: 'not-applied' });
      expect(await applied(id)).toBe(0);
      fixture.endpoint.faults.add({ ...effect, ...scope, times: 1 });
      const error = await settled(write(repeating, id));
      expect(error?.code).toBe(repeats.refusal ? undefined : code);
      expect(await applied(id)).toBe(repeats.refusal ? 1 : 0);
    });

    it.each(LOSSES)(`%o is ${loss.join(', ')}, and never applied twice`, async (effect) => {
      const [code, outcome] = loss;
      for (const retry of [false, true]) {
        const id = ++nextId;
        const db = retry ? repeating : once;
        fixture.endpoint.faults.add({ ...effect, ...scope, times: 1 });
        const error = await settled(write(db, id));
        if (retry && repeats.loss) expect(error).toBeUndefined();
        else expect(error).toMatchObject({ code, outcome });
        await fixture.nothingOpenAfterExpiry();
        const times = await applied(id);
        if (error === undefined) expect(times).toBe(1);
        else if (error.outcome === 'not-applied') expect(times).toBe(0);
        else expect(times).toBeLessThanOrEqual(1);
      }
    });
  });

  it.each(LOSSES)('idempotent: true repeats a statement after %o', async (effect) => {
    const id = ++nextId;
    fixture.endpoint.faults.add({ ...effect, operation: 'ExecuteStatement', times: 1 });
    await repeating.query(sql`delete from t where id = ${id}`, { idempotent: true });
    fixture.endpoint.faults.add({ ...effect, operation: 'ExecuteStatement', times: 1 });
    const same = insert(id);
    // Idempotent in the eyes of its author: it may be there twice.
    await repeating.query(same, { idempotent: true });
    expect(await applied(id)).toBeGreaterThan(0);
  });

  it('resuming is waited for, more often than other refusals', async () => {
    const id = ++nextId;
    fixture.endpoint.faults.add({ fail: 'resuming', times: 5 });
    await repeating.query(insert(id));
    expect(await applied(id)).toBe(1);
    fixture.endpoint.faults.add({ fail: 'throttling', times: 5 });
    expect(await failure(repeating.query(insert(id)))).toMatchObject({ code: 'THROTTLED', outcome: 'not-applied' });
    expect(await applied(id)).toBe(1);
  });

  it('the SDK repeats nothing by itself', async () => {
    for (const effect of [...REFUSALS.map(([refusal]) => refusal), ...LOSSES]) {
      const remove = fixture.endpoint.faults.add({ ...effect, operation: 'ExecuteStatement' });
      expect(await fixture.operationsOf(() => settled(once.query('select 1')))).toHaveLength(1);
      remove();
    }
  });

  it('latency is only latency, and a time-out under it is TIMEOUT, unknown', async () => {
    const id = ++nextId;
    const remove = fixture.endpoint.faults.add({ latencyMs: 100, sql: /into t/ });
    await once.query(insert(id));
    expect(await applied(id)).toBe(1);
    remove();
    fixture.endpoint.faults.add({ latencyMs: 500, sql: /into t/ });
    expect(await failure(once.query(insert(++nextId), { timeoutMs: 50 }))).toMatchObject({
      code: 'TIMEOUT',
      outcome: 'unknown',
    });
  });

  it('the link to the database, lost under a statement, is UNREACHABLE, unknown', async () => {
    for (const version of ['v2', 'v1'] as const) {
      fixture.endpoint.engineVersion = version;
      const id = ++nextId;
      fixture.endpoint.faults.add({
        fail: {
          type: version === 'v1' ? 'BadRequestException' : 'DatabaseErrorException',
          message: 'Communications link failure',
        },
        when: 'after',
        // Not what an earlier call has left under way.
        sql: new RegExp(`into t .*\\b${id}\\b`),
        times: 1,
      });
      expect(await failure(once.query(insert(id)))).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
      expect(await applied(id)).toBe(1);
    }
    fixture.endpoint.engineVersion = 'v2';
  });

  const lostLinks = {
    postgres: [
      'An I/O error occurred while sending to the backend.; SQLState: 08006',
      'This connection has been closed.; SQLState: 08003',
      'FATAL: terminating connection due to administrator command; SQLState: 57P01',
      'Nobody knows.; SQLState: 40003',
    ],
    mysql: [
      'Communications link failure; Error code: 0; SQLState: 08S01',
      'Lost connection to MySQL server during query; Error code: 2013; SQLState: HY000',
    ],
  };
  it.each(lostLinks[engine])('so it is where the database’s driver gives it a code: %s', async (message) => {
    const fails = { fail: { type: 'DatabaseErrorException', message }, when: 'after', times: 1 } as const;
    let id = ++nextId;
    fixture.endpoint.faults.add({ ...fails, sql: /into t/ });
    const lost = { code: 'UNREACHABLE', outcome: 'unknown' };
    expect(await failure(repeating.query(insert(id)))).toMatchObject(lost);
    expect(await applied(id)).toBe(1);
    id = ++nextId;
    fixture.endpoint.faults.add({ ...fails, operation: 'CommitTransaction' });
    expect(await failure(repeating.transaction((tx) => tx.query(insert(id))))).toMatchObject(lost);
    expect(await applied(id)).toBe(1);
    id = ++nextId;
    fixture.endpoint.faults.add({ ...fails, sql: /into t/ });
    const swallowed = repeating.transaction((tx) => tx.query(insert(id)).catch(() => {}));
    expect(await failure(swallowed)).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await applied(id)).toBe(0);
  });

  it('a packet that was too large for MySQL’s driver is no result that is certain to have been there', async () => {
    const message = 'Packet for query is too large (70000000 > 67108864).';
    fixture.endpoint.faults.add({ fail: { type: 'DatabaseErrorException', message }, sql: /into t/, times: 1 });
    expect(await failure(once.query(insert(++nextId)))).toMatchObject({
      code: 'RESULT_TOO_LARGE',
      outcome: 'unknown',
    });
  });

  it('calls at the same time, one of which never left, are told apart', async () => {
    let refuses = false;
    const db = fixture.connect({
      credentials: async () => {
        if (refuses) throw new Error('There are no credentials.');
        // So short-lived that the SDK asks again for each request.
        return { ...fixture.config.credentials, expiration: new Date(Date.now() + 1_000) };
      },
    });
    await db.query(insert(++nextId));
    const [sent, unsent] = [++nextId, ++nextId];
    fixture.endpoint.faults.add({ latencyMs: 300, sql: /into t/, times: 1 });
    fixture.endpoint.faults.add({ drop: 'after', sql: /into t/, times: 1 });
    const sentBefore = fixture.endpoint.calls.length;
    const lost = failure(db.query(insert(sent)));
    await until(() => fixture.endpoint.calls.length > sentBefore);
    refuses = true;
    expect(await failure(db.query(insert(unsent)))).toMatchObject({ outcome: 'not-applied' });
    expect(await lost).toMatchObject({ outcome: 'unknown' });
    expect([await applied(sent), await applied(unsent)]).toEqual([1, 0]);
  });

  it.runIf(engine === 'mysql')('a procedure that is lost is unknown, in a transaction as well', async () => {
    await fixture.ask('create procedure writes(in n int) begin insert into t values (n); commit; end');
    const id = ++nextId;
    fixture.endpoint.faults.add({ drop: 'after', sql: /^call/, times: 1 });
    const error = await failure(once.transaction((tx) => tx.query(sql`call writes(${id})`)));
    expect(error).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    expect(await applied(id)).toBe(1);
  });
});

describe('in a stream on postgres', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await Fixture.start('postgres');
  });
  afterEach(async () => {
    fixture.endpoint.faults.clear();
    // A transaction whose BEGIN was lost has no name to be ended by.
    await fixture.nothingOpenAfterExpiry();
  });
  afterAll(() => fixture.stop());

  const read = async (retry: boolean): Promise<number[]> => {
    const db = fixture.connect({}, { retry: retry ? { attempts: 3 } : false });
    const seen: number[] = [];
    for await (const { g } of db.stream<{ g: number }>(sql`select g from generate_series(1, 500) g`, {
      pageSize: 100,
    })) {
      seen.push(g);
    }
    return seen;
  };
  const all = Array.from({ length: 500 }, (_, index) => index + 1);

  it.each(['BeginTransaction', 'DECLARE', 'FETCH FORWARD 50'])(
    'a first page is repeated as a whole (%s)',
    async (at) => {
      const scope: Scope = at === 'BeginTransaction' ? { operation: at } : { sql: new RegExp(`^${at}`) };
      for (const effect of [...REFUSALS.map(([refusal]) => refusal), ...LOSSES]) {
        fixture.endpoint.faults.add({ ...effect, ...scope, times: 1 });
        expect(await failure(read(false))).toMatchObject({ outcome: 'not-applied' });
        fixture.endpoint.faults.add({ ...effect, ...scope, times: 1 });
        expect(await read(true)).toEqual(all);
      }
    },
  );

  it.each(['DO', 'SELECT current_setting', 'FETCH FORWARD 100'])(
    'a later page is not, nor is a part taken for the whole (%s)',
    async (at) => {
      for (const effect of [...REFUSALS.map(([refusal]) => refusal), ...LOSSES]) {
        // Before it is read nobody knows what a request is for.
        if ('drop' in effect && effect.drop === 'unread') continue;
        fixture.endpoint.faults.add({ ...effect, sql: new RegExp(`^${at}`), times: 1 });
        expect(await failure(read(true))).toMatchObject({
          code: expect.stringMatching(/^(RESUMING|THROTTLED|UNREACHABLE)$/),
          outcome: 'not-applied',
        });
      }
    },
  );
});
