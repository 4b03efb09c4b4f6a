import { type Connection, connect, sql } from '@sqlport/core';
import type { Adapter } from '@sqlport/core/spi';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

/** A relay before the endpoint of an adapter, under control; `startRelay` of `@sqlport/local` gives one. */
export interface RelayUnderTest {
  readonly port: number;
  readonly connections: { readonly total: number };
  /** Makes a black hole of every connection that is open. */
  swallow(): void;
  cut(how?: { readonly reset?: boolean }): void;
  close(): Promise<void>;
}

/** What {@link defineThawChecks} needs to know of an adapter. */
export interface ThawTarget {
  start(): Promise<RelayUnderTest>;
  /** The adapter, through the relay. */
  adapter(relay: RelayUnderTest): Adapter;
}

/** Longer than a connection may be idle without being probed. */
const FROZEN_MS = 11_000;

/**
 * Defines vitest tests of what becomes of connections that die while the process is frozen: it has seen nothing of that
 * when the next call comes, no timer has run, and only the wall clock tells.
 */
export function defineThawChecks(target: ThawTarget): void {
  let relay: RelayUnderTest;
  let db: Connection;
  let lastId = 0;

  beforeAll(async () => {
    relay = await target.start();
    await using admin = connect(target.adapter(relay));
    await admin.query('create table thawed (id int)');
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await db.close();
  });
  afterAll(() => relay?.close());

  const deaths = [
    ['ended', () => relay.cut()],
    ['reset', () => relay.cut({ reset: true })],
    ['silent', () => relay.swallow()],
  ] as const;

  describe.each(deaths)('connections that were %s while the process was frozen', (_, die) => {
    /** Opens connections, and lets them die unseen. */
    const frozen = async (count: number): Promise<void> => {
      // Nothing is repeated, so that nothing is hidden.
      db = connect(target.adapter(relay), { retry: false });
      const open = await Promise.all(Array.from({ length: count }, () => db.begin()));
      await Promise.all(open.map((tx) => tx.query(sql`select 1`)));
      await Promise.all(open.map((tx) => tx.commit()));
      const now = Date.now.bind(Date);
      vi.spyOn(Date, 'now').mockImplementation(() => now() + FROZEN_MS);
      die();
    };
    const ids = (count: number) => Array.from({ length: count }, () => ++lastId);
    const insert = (id: number) => db.query(sql`insert into thawed values (${id})`);
    const timesWritten = async (wanted: readonly number[]) => {
      const { rows } = await db.values(sql`select id from thawed where ${sql.in(sql`id`, wanted)} order by id`);
      return rows.map(([id]) => id);
    };

    test('are not met by a statement, and cost it one probe in all', async () => {
      await frozen(4);
      const [id] = ids(1);
      const startedAt = performance.now();
      await insert(id!);
      // A probe is given up after a second; one after another they would take four.
      expect(performance.now() - startedAt).toBeLessThan(3_500);
      expect(await timesWritten([id!])).toEqual([id]);
    });

    test('are not met by any of many statements at once', async () => {
      await frozen(4);
      const wanted = ids(4);
      await Promise.all(wanted.map(insert));
      expect(await timesWritten(wanted)).toEqual(wanted);
    });

    test('are not met by a transaction or a batch', async () => {
      await frozen(3);
      const [a, b, c] = ids(3) as [number, number, number];
      await db.transaction((tx) => tx.query(sql`insert into thawed values (${a})`));
      await db.batch([sql`insert into thawed values (${b})`, sql`insert into thawed values (${c})`]);
      expect(await timesWritten([a, b, c])).toEqual([a, b, c]);
    });

    test('are not met by a stream', async () => {
      await frozen(3);
      const rows = [];
      for await (const row of db.stream(sql`select 1 as a`)) rows.push(row);
      expect(rows).toEqual([{ a: 1 }]);
    });
  });
}
