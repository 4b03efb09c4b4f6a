import { type Connection, type ConnectOptions, connect, sql } from '@sqlport/core';
import type { Adapter } from '@sqlport/core/spi';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { longStatement } from './cases/dialect-sql.ts';
import { until } from './driver-calls.ts';

/** An RDS Proxy under control; one of `local.proxies` of `@sqlport/local`. */
export interface ProxyUnderTest {
  readonly gateway: { readonly connections: { readonly open: number; readonly total: number } };
  readonly backends: { readonly open: number };
  readonly limits: { maxConnections: number; borrowTimeoutMs: number };
  throttle: 'iam-rate' | 'connection-rate' | 'connection-limit' | undefined;
  readonly pins: readonly { readonly reason: string }[];
  readonly kills: readonly unknown[];
  readonly ignoredCancelRequests: number;
}

/** What {@link defineProxyChecks} needs to know of an adapter. */
export interface ProxyTarget {
  proxy(): ProxyUnderTest;
  /** The adapter, on the proxy's endpoint. */
  adapter(change: { readonly max?: number }): Adapter;
}

/** Defines vitest tests of what an adapter does to an RDS Proxy. */
export function defineProxyChecks(target: ProxyTarget): void {
  const open: Connection[] = [];
  let proxy: ProxyUnderTest;
  let pinsBefore = 0;
  const connected = (change: { readonly max?: number } = {}, options: ConnectOptions = {}): Connection => {
    const db = connect(target.adapter(change), options);
    open.push(db);
    return db;
  };
  const pins = () => proxy.pins.slice(pinsBefore).map(({ reason }) => reason);
  const failure = async (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => expect.fail('It did not fail.'),
      (error: unknown) => error,
    );

  beforeAll(async () => {
    proxy = target.proxy();
    await using db = connect(target.adapter({}));
    await db.query('create table proxied (id int primary key, name varchar(200))');
  });
  beforeEach(() => {
    pinsBefore = proxy.pins.length;
    Object.assign(proxy.limits, { maxConnections: 5, borrowTimeoutMs: 10_000 });
  });
  afterEach(async () => {
    proxy.throttle = undefined;
    await Promise.all(open.splice(0).map((db) => db.close()));
  });
  afterAll(async () => {
    await using db = connect(target.adapter({}));
    await db.query('drop table proxied');
  });

  describe('through RDS Proxy', () => {
    test('nothing can be cancelled on the server, and statements are kept short', () => {
      const { capabilities } = connected();
      expect(capabilities).toMatchObject({ serverCancel: false, maxStatementBytes: 16_000 });
    });

    test('nothing pins: statements again and again, transactions, batches, long inserts, streams', async () => {
      const db = connected({ max: 3 });
      const name = "it's";
      for (let id = 0; id < 4; id++) await db.query(sql`insert into proxied values (${id}, ${name})`);
      for (let i = 0; i < 4; i++) await db.one(sql`select name from proxied where id = ${i}`);
      for (const isolation of db.capabilities.isolationLevels) {
        await db.transaction((tx) => tx.query(sql`select count(*) from proxied`), { isolation, readOnly: true });
      }
      await db.transaction(async (tx) => {
        await tx.query(sql`update proxied set name = ${name} where id = ${1}`);
        await tx.transaction((nested) => nested.query(sql`delete from proxied where id = ${1}`));
      });
      await failure(
        db.transaction(async (tx) => {
          await tx.query(sql`delete from proxied`);
          throw new Error('on purpose');
        }),
      );
      await db.batch([sql`select 1`, sql`select 2`, sql`delete from proxied where id = ${2}`]);
      const rows = Array.from({ length: 1_000 }, (_, index) => [100 + index, 'x'.repeat(100)]);
      await db.executeMany(`insert into proxied values (${db.dialect === 'mysql' ? '?, ?' : '$1, $2'})`, rows);
      let streamed = 0;
      for await (const _ of db.stream(sql`select * from proxied`, { pageSize: 100 })) streamed++;
      expect(streamed).toBe(1_002);
      for await (const _ of db.stream(sql`select * from proxied`, { pageSize: 100 })) break;
      await failure(db.query(sql`insert into proxied values (${100}, ${null})`));
      await db.ping();
      expect(pins()).toEqual([]);
    });

    test('a transaction leaves its isolation level to nobody', async () => {
      const db = connected({ max: 1 });
      const isolation = async () => {
        const text =
          db.dialect === 'mysql' ? 'select @@transaction_isolation as level' : 'show transaction isolation level';
        return Object.values(await db.one(sql.text(text)))[0];
      };
      const before = await isolation();
      await db.transaction((tx) => tx.query(sql`select 1`), { isolation: 'serializable' });
      expect(await isolation()).toBe(before);
      await failure(db.transaction(() => Promise.reject(new Error('on purpose')), { isolation: 'serializable' }));
      expect(await isolation()).toBe(before);
    });

    test('many connections share one of the proxy', async () => {
      proxy.limits.maxConnections = 1;
      const db = connected({ max: 5 });
      const work = Array.from({ length: 5 }, (_, n) =>
        db.transaction((tx) => tx.one<{ n: number }>(sql`select count(*) + ${n} as n from proxied where id = ${-1}`)),
      );
      expect((await Promise.all(work)).map(({ n }) => Number(n))).toEqual([0, 1, 2, 3, 4]);
      expect(pins()).toEqual([]);
    });

    test('a statement that no connection was lent for is THROTTLED and not applied, and tried again', async () => {
      const backends = Math.max(proxy.backends.open, 1);
      proxy.limits.maxConnections = backends;
      const [holder, once, again] = [
        connected(),
        connected({}, { retry: false }),
        connected({}, { retry: { attempts: 50 } }),
      ];
      await Promise.all([once.ping(), again.ping()]);
      const transactions = await Promise.all(Array.from({ length: backends }, () => holder.begin()));
      await Promise.all(transactions.map((tx) => tx.query(sql`select 1`)));
      proxy.limits.borrowTimeoutMs = 50;
      const refused = { code: 'THROTTLED', outcome: 'not-applied' };
      expect(await failure(once.query(sql`insert into proxied values (${-5}, ${null})`))).toMatchObject(refused);
      expect(await failure(once.transaction((other) => other.query(sql`delete from proxied`)))).toMatchObject(refused);
      const patient = again.query(sql`insert into proxied values (${-6}, ${null})`);
      await Promise.all(transactions.map((tx) => tx.commit()));
      await patient;
      proxy.limits.borrowTimeoutMs = 10_000;
      const { rows } = await once.query(sql`select id from proxied where id in (${-5}, ${-6})`);
      expect(rows).toEqual([{ id: -6 }]);
    });

    test.each(['iam-rate', 'connection-rate', 'connection-limit'] as const)(
      'a login that is refused for the %s is THROTTLED and not applied',
      async (throttle) => {
        proxy.throttle = throttle;
        const refused = { code: 'THROTTLED', outcome: 'not-applied' };
        expect(await failure(connected({}, { retry: false }).ping())).toMatchObject(refused);
        proxy.throttle = undefined;
      },
    );

    test('an abort settles at once, kills nothing and asks nobody to: the session is given up', async () => {
      const db = connected({ max: 1 });
      await db.ping();
      const { ignoredCancelRequests, kills } = proxy;
      const killsBefore = kills.length;
      const openBefore = proxy.gateway.connections.total;
      const statement = sql.text(longStatement(db.dialect, 'aborted_through_proxy'));
      const error = await failure(db.query(statement, { timeoutMs: 100 }));
      expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
      await db.query(sql`select 1`, { timeoutMs: 5_000 });
      expect(proxy.gateway.connections.total - openBefore).toBe(1);
      expect(proxy.ignoredCancelRequests).toBe(ignoredCancelRequests);
      expect(kills.length).toBe(killsBefore);
      await until(() => proxy.gateway.connections.open <= 1);
    });
  });
}
