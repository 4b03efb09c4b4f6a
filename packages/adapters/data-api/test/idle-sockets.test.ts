import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { sql } from '@sqlport/core';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
let relay: FreezingRelay;
beforeAll(async () => {
  fixture = await Fixture.start('postgres');
  relay = await FreezingRelay.start(fixture.endpoint.port);
  await fixture.connect().query('create table t (id int)');
});
afterEach(() => vi.useRealTimers());
afterAll(async () => {
  await relay.close();
  await fixture.stop();
});

/** A network before the endpoint, in which connections can die without a word, as they do while a process is frozen. */
class FreezingRelay {
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #pairs = new Map<Socket, Socket>();
  accepted = 0;

  private constructor(target: number) {
    this.#server = createServer((client) => {
      this.accepted += 1;
      const upstream = connectTcp(target, '127.0.0.1');
      this.#clients.add(client);
      this.#pairs.set(client, upstream);
      for (const socket of [client, upstream]) socket.on('error', () => {});
      client.on('data', (chunk) => upstream.write(chunk));
      upstream.on('data', (chunk) => client.write(chunk));
      client.on('close', () => upstream.destroy());
    });
  }

  static async start(target: number): Promise<FreezingRelay> {
    const relay = new FreezingRelay(target);
    await new Promise<void>((resolve) => relay.#server.listen(0, '127.0.0.1', resolve));
    return relay;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** From now on nothing comes through the connections that are open, and nobody is told. */
  killSilently(): void {
    for (const [client, upstream] of this.#pairs) {
      client.removeAllListeners('data');
      client.resume();
      upstream.removeAllListeners('data');
      upstream.destroy();
    }
    this.#pairs.clear();
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of this.#clients) client.destroy();
    await closed;
  }
}

/** Time passes for the process, though not for its timers: as after a freeze. */
function freezeFor(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
}

it('sockets are used again while they are fresh', async () => {
  const db = fixture.connect({ endpoint: relay.endpoint });
  const before = relay.accepted;
  for (let id = 0; id < 5; id++) await db.query(sql`insert into t values (${id})`);
  expect(relay.accepted - before).toBe(1);
});

it('after a freeze no request meets a socket that has died meanwhile', async () => {
  const db = fixture.connect({ endpoint: relay.endpoint });
  await Promise.all([1, 2, 3].map(() => db.query('select 1')));
  relay.killSilently();
  freezeFor(10_000);
  const before = relay.accepted;
  // On a dead socket it would wait for its time limit, and nobody could tell what became of it.
  await db.query(sql`insert into t values (${100})`, { timeoutMs: 5_000 });
  expect(relay.accepted - before).toBe(1);
  expect(await fixture.ask('select count(*)::int from t where id = 100')).toEqual([[1]]);
});

it('a transaction goes on over a new socket', async () => {
  const db = fixture.connect({ endpoint: relay.endpoint });
  const tx = await db.begin();
  await tx.query(sql`insert into t values (${200})`);
  relay.killSilently();
  freezeFor(10_000);
  await tx.query(sql`insert into t values (${201})`, { timeoutMs: 5_000 });
  await tx.commit();
  expect(await fixture.ask('select count(*)::int from t where id in (200, 201)')).toEqual([[2]]);
});

it('a clock that was set back makes no socket old enough to keep', async () => {
  const db = fixture.connect({ endpoint: relay.endpoint });
  await db.query('select 1');
  relay.killSilently();
  freezeFor(-60_000);
  await db.query('select 1', [], { timeoutMs: 5_000 });
});
