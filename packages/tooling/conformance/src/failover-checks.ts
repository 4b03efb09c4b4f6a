import { type Connection, type ConnectOptions, connect, type QueryOptions, sql } from '@sqlport/core';
import type { Adapter } from '@sqlport/core/spi';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { until } from './driver-calls.ts';

/** One endpoint of a cluster, as far as the checks look at it. */
interface Endpoint {
  readonly address: { readonly host: string; readonly port: number; readonly signingHost: string };
  readonly gateway: { readonly connections: { readonly open: number; readonly total: number } };
}

/** A writer and two readers with real replication, under control; `startCluster` of `@sqlport/local` gives one. */
export interface ClusterUnderTest {
  readonly servers: readonly {
    readonly url: string;
    readonly role: 'writer' | 'reader';
    readonly isRunning: boolean;
    readonly endpoint: Endpoint;
  }[];
  readonly writer: Endpoint;
  failOver(options?: {
    readonly to?: number;
    readonly sockets?: 'cut' | 'black-hole' | 'keep';
    readonly names?: 'at once' | 'stale';
  }): Promise<void>;
  refreshNames(): void;
  holdReplication(server: number): Promise<void>;
  resumeReplication(server: number): Promise<void>;
  caughtUp(): Promise<void>;
  killServer(server: number): Promise<void>;
  restartServer(server: number): Promise<void>;
  close(): Promise<void>;
}

/** The fields of an adapter's configuration that the checks set. */
export interface ReadersChange {
  readonly readers?: readonly Endpoint['address'][];
  readonly readerFallback?: 'writer' | 'none';
  readonly max?: number;
}

/** What {@link defineFailoverChecks} needs to know of an adapter. */
export interface FailoverTarget<C extends ClusterUnderTest> {
  start(): Promise<C>;
  /** The adapter on the writer's endpoint, with some fields more. */
  adapter(cluster: C, change: ReadersChange): Adapter;
  /** A statement that answers the port of the server that runs it, as a number. */
  readonly whoAnswers: string;
  /** A statement that takes a minute. */
  readonly sleep: string;
}

/** How long a reader that could not be reached is left alone. */
const LEFT_ALONE_MS = 10_000;

/** Defines vitest tests of what an adapter makes of readers, and of a writer that changes. They take a cluster of their own. */
export function defineFailoverChecks<C extends ClusterUnderTest>(target: FailoverTarget<C>): void {
  let cluster: C;
  const open: Connection[] = [];
  let lastId = 0;
  /** What the wall clock is set ahead. */
  let clockAheadMs = 0;

  beforeAll(async () => {
    cluster = await target.start();
    await using db = connect(target.adapter(cluster, {}));
    await db.query('create table acknowledged (id int primary key)');
    await cluster.caughtUp();
  });
  beforeEach(() => {
    clockAheadMs = 0;
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() + clockAheadMs);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await Promise.all(open.splice(0).map((db) => db.close()));
    for (const [index, { isRunning }] of cluster.servers.entries()) if (!isRunning) await cluster.restartServer(index);
    await cluster.caughtUp();
  });
  afterAll(() => cluster?.close());

  const writer = () => cluster.servers.findIndex(({ role }) => role === 'writer');
  const readers = () => cluster.servers.flatMap(({ role }, index) => (role === 'reader' ? [index] : []));
  const connected = (change: ReadersChange = {}, options: ConnectOptions = {}): Connection => {
    const db = connect(target.adapter(cluster, change), options);
    open.push(db);
    return db;
  };
  const withReaders = (change: ReadersChange = {}, options: ConnectOptions = {}): Connection =>
    connected({ readers: readers().map((index) => cluster.servers[index]!.endpoint.address), ...change }, options);

  /** Which of the servers answers. */
  const who = async (on: Pick<Connection, 'values'>, options: QueryOptions = {}): Promise<number> => {
    const { rows } = await on.values(sql.text(target.whoAnswers), options);
    return cluster.servers.findIndex(({ url }) => Number(new URL(url).port) === Number(rows[0]?.[0]));
  };
  const nextId = (): number => {
    lastId += 1;
    return lastId;
  };
  const insert = (on: Pick<Connection, 'query'>, id: number, options: QueryOptions = {}) =>
    on.query(sql`insert into acknowledged (id) values (${id})`, options);
  const isThere = async (on: Connection, id: number, options: QueryOptions = {}): Promise<boolean> =>
    (await on.query(sql`select id from acknowledged where id = ${id}`, options)).rows.length === 1;
  const failure = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => expect.fail('It did not fail.'),
      (error: unknown) => error,
    );
  /** As many connections to the writer as that, all idle. */
  const warmUp = async (db: Connection, count: number): Promise<void> => {
    const before = cluster.writer.gateway.connections.total;
    const transactions = await Promise.all(Array.from({ length: count }, () => db.begin()));
    await Promise.all(transactions.map((tx) => who(tx)));
    await Promise.all(transactions.map((tx) => tx.commit()));
    expect(cluster.writer.gateway.connections.total - before).toBe(count);
  };

  describe('readers', () => {
    test('answer in turn what is routed to them, and nothing else', async () => {
      const db = withReaders();
      expect(db.capabilities.readers).toBe(true);
      const answers = [];
      for (let i = 0; i < 4; i++) answers.push(await who(db, { route: 'reader' }));
      expect(new Set(answers)).toEqual(new Set(readers()));
      expect(answers.slice(2)).toEqual(answers.slice(0, 2));
      expect([await who(db), await who(db, { route: 'writer' })]).toEqual([writer(), writer()]);
    });

    test('take read-only transactions and streams that are routed to them', async () => {
      const db = withReaders();
      expect(readers()).toContain(await db.transaction((tx) => who(tx), { route: 'reader', readOnly: true }));
      expect(await db.transaction((tx) => who(tx), { readOnly: true })).toBe(writer());
      for await (const row of db.stream(sql.text(target.whoAnswers), { route: 'reader' })) {
        const port = Number(Object.values(row)[0]);
        expect(readers().map((index) => Number(new URL(cluster.servers[index]!.url).port))).toContain(port);
      }
      const [result] = await db.batch([sql.text(target.whoAnswers), sql`select 2`], { route: 'reader' });
      expect(result!.rows).toHaveLength(1);
    });

    test('may lag behind the writer', async () => {
      const [reader] = readers();
      const db = connected({ readers: [cluster.servers[reader!]!.endpoint.address] });
      await cluster.holdReplication(reader!);
      const id = nextId();
      await insert(db, id);
      expect([await isThere(db, id), await isThere(db, id, { route: 'reader' })]).toEqual([true, false]);
      await cluster.resumeReplication(reader!);
      await until(() => isThere(db, id, { route: 'reader' }));
    });

    test('refuse writes: not applied, not tried again, and no connection is given up for it', async () => {
      const [reader] = readers();
      const { endpoint } = cluster.servers[reader!]!;
      const db = connected({ readers: [endpoint.address] });
      await who(db, { route: 'reader' });
      const before = endpoint.gateway.connections.total;
      const refused = { code: 'READ_ONLY', outcome: 'not-applied' };
      expect(await failure(insert(db, nextId(), { route: 'reader' }))).toMatchObject(refused);
      const inTransaction = db.transaction((tx) => insert(tx, nextId()), { route: 'reader', readOnly: true });
      expect(await failure(inTransaction)).toMatchObject(refused);
      await who(db, { route: 'reader' });
      expect(endpoint.gateway.connections.total).toBe(before);
    });

    test('that are dead are passed over, and are back once they live again', async () => {
      const db = withReaders();
      const [dead, living] = readers();
      await cluster.killServer(dead!);
      for (let i = 0; i < 3; i++) expect(await who(db, { route: 'reader' })).toBe(living);
      await cluster.restartServer(dead!);
      expect([await who(db, { route: 'reader' }), await who(db, { route: 'reader' })]).toEqual([living, living]);
      clockAheadMs += LEFT_ALONE_MS;
      await until(async () => (await who(db, { route: 'reader' })) === dead);
    });

    test('whose connections die are not asked for what they cannot answer', async () => {
      const db = withReaders();
      for (let i = 0; i < 2; i++) await who(db, { route: 'reader' });
      const [dead, living] = readers();
      await cluster.killServer(dead!);
      for (let i = 0; i < 4; i++) expect(await who(db, { route: 'reader' })).toBe(living);
    });

    test('none of which lives leave the work to the writer, or to nobody', async () => {
      const db = withReaders();
      const strict = withReaders({ readerFallback: 'none' }, { retry: false });
      for (const reader of readers()) await cluster.killServer(reader);
      expect(await who(db, { route: 'reader' })).toBe(writer());
      const refused = { code: 'UNREACHABLE', outcome: 'not-applied' };
      expect(await failure(who(strict, { route: 'reader' }))).toMatchObject(refused);
      expect(await who(strict)).toBe(writer());
    });

    test('that have become the writer are asked all the same', async () => {
      const db = withReaders();
      const [promoted] = readers();
      await cluster.failOver({ to: promoted! });
      const answers = [await who(db, { route: 'reader' }), await who(db, { route: 'reader' })];
      expect(answers).toContain(promoted);
    });
  });

  describe('a failover', () => {
    test('under open sockets: a write that the old writer refuses is done by the new one, once', async () => {
      const db = connected({ max: 3 });
      await warmUp(db, 3);
      await cluster.failOver({ sockets: 'keep' });
      const ids = [nextId(), nextId(), nextId(), nextId()];
      // All of them at once: each has an old connection of its own.
      await Promise.all(ids.slice(0, 3).map((id) => insert(db, id)));
      await insert(db, ids[3]!);
      for (const id of ids) expect(await isThere(db, id)).toBe(true);
      expect(await who(db)).toBe(writer());
    });

    test('under open sockets: one refusal replaces all connections, reads follow at once', async () => {
      const db = connected({ max: 3 });
      await warmUp(db, 3);
      await cluster.failOver({ sockets: 'keep' });
      await insert(db, nextId());
      const transactions = await Promise.all([db.begin(), db.begin(), db.begin()]);
      for (const tx of transactions) expect(await who(tx)).toBe(writer());
      await Promise.all(transactions.map((tx) => tx.rollback()));
    });

    test('under open sockets: a transaction is refused as a whole, and the next one is on the new writer', async () => {
      const db = connected({ max: 2 });
      await warmUp(db, 2);
      await cluster.failOver({ sockets: 'keep' });
      const id = nextId();
      const body = db.transaction(async (tx) => {
        await insert(tx, id);
      });
      expect(await failure(body)).toMatchObject({ code: 'READ_ONLY', outcome: 'not-applied' });
      await db.transaction(async (tx) => {
        expect(await who(tx)).toBe(writer());
        await insert(tx, id);
      });
      expect(await isThere(db, id)).toBe(true);
    });

    test('in the middle of a transaction ends it: none of it is there, nothing more runs in it', async () => {
      const db = connected();
      const [before, after] = [nextId(), nextId()];
      const tx = await db.begin();
      await insert(tx, before);
      await cluster.failOver({ sockets: 'keep' });
      expect(await failure(insert(tx, after))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
      expect(await failure(tx.commit())).toMatchObject({ code: 'TRANSACTION' });
      expect([await isThere(db, before), await isThere(db, after)]).toEqual([false, false]);
    });

    test('that cuts sockets: idle ones are replaced unseen, and a statement that ran is unknown', async () => {
      const db = connected({ max: 3 });
      await warmUp(db, 3);
      const running = failure(db.query(target.sleep));
      const transaction = await db.begin();
      await who(transaction);
      await cluster.failOver({ sockets: 'cut' });
      expect(await running).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
      expect(await failure(who(transaction))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
      const id = nextId();
      await insert(db, id);
      expect([await isThere(db, id), await who(db)]).toEqual([true, writer()]);
    });

    test('into silence: one caller who gave up shows that nobody answers, and all connections are replaced', async () => {
      const db = connected({ max: 3 });
      await warmUp(db, 3);
      await cluster.failOver({ sockets: 'black-hole' });
      const lost = { code: 'TIMEOUT', outcome: 'unknown' };
      expect(await failure(insert(db, nextId(), { timeoutMs: 200 }))).toMatchObject(lost);
      // The server does not acknowledge that the statement is stopped.
      await until(() => cluster.writer.gateway.connections.open === 0);
      const ids = [nextId(), nextId(), nextId()];
      await Promise.all(ids.map((id) => insert(db, id, { timeoutMs: 2_000 })));
    });

    test('into silence, while nobody asked: connections that were idle for long are replaced unseen', async () => {
      const db = connected({ max: 3 });
      await warmUp(db, 3);
      await cluster.failOver({ sockets: 'black-hole' });
      clockAheadMs += 11_000;
      await insert(db, nextId(), { timeoutMs: 5_000 });
      expect(await who(db)).toBe(writer());
    });

    test('behind names that lag: writes are refused and not applied, until the names have changed', async () => {
      const db = connected({ max: 2 });
      await warmUp(db, 2);
      await cluster.failOver({ names: 'stale' });
      const id = nextId();
      expect(await failure(insert(db, id))).toMatchObject({ code: 'READ_ONLY', outcome: 'not-applied' });
      cluster.refreshNames();
      await insert(db, id);
      expect(await isThere(db, id)).toBe(true);
    });

    test('that takes its time: what needs the writer waits for it, as long as its budget lasts', async () => {
      const db = connected({}, { retry: { attempts: 100, budgetMs: 20_000 } });
      await who(db);
      await cluster.killServer(writer());
      const id = nextId();
      const waiting = insert(db, id);
      await cluster.failOver();
      await waiting;
      expect(await isThere(db, id)).toBe(true);
    });
  });
}
