import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import {
  type Relay,
  type RelayFaultKind,
  type RelayOptions,
  randomFaults,
  startLocal,
  startRelay,
} from '../src/index.ts';
import { sign } from './sign.ts';

/** For conditions that are soon true, also on a busy machine. */
const patience = { timeout: 10_000, interval: 5 };
const shared = inject('sqlportLocal');
const postgresUrl = new URL(shared.postgres ? shared.postgres.url : '');
const closing: (() => Promise<unknown>)[] = [];
const table = `relay_${process.pid}`;
let direct: pg.Client;

beforeAll(async () => {
  direct = new pg.Client({ connectionString: postgresUrl.href });
  await direct.connect();
  await direct.query(`create table ${table} (n int)`);
  return async () => {
    await direct.query(`drop table ${table}`);
    await direct.end();
  };
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function relayTo(port: number | string, options?: RelayOptions): Promise<Relay> {
  const relay = await startRelay({ host: '127.0.0.1', port: Number(port) }, options);
  closing.push(() => relay.close());
  return relay;
}

const toPostgres = (options?: RelayOptions) => relayTo(postgresUrl.port, options);

/** Logs in to PostgreSQL, in plain text, through a relay. */
async function logIn(relay: Relay): Promise<pg.Client> {
  const client = new pg.Client({
    host: relay.host,
    port: relay.port,
    user: 'postgres',
    password: postgresUrl.password,
    database: 'postgres',
  });
  client.on('error', () => {});
  closing.push(() => client.end().catch(() => {}));
  await client.connect();
  return client;
}

const written = async (n: number): Promise<boolean> =>
  (await direct.query(`select from ${table} where n = $1`, [n])).rowCount === 1;

const cutError = /ECONNRESET|terminated unexpectedly/;

describe('a relay', () => {
  test('passes everything on, both ways, and counts', async () => {
    const relay = await toPostgres();
    const client = await logIn(relay);
    const long = 'x'.repeat(5_000_000);
    expect((await client.query('select $1::text as long', [long])).rows[0].long === long).toBe(true);
    expect(relay.connections).toEqual({ open: 1, total: 1 });
    await client.end();
    await vi.waitUntil(() => relay.connections.open === 0, patience);
    expect(new Set(Object.values(relay.faults))).toEqual(new Set([0]));
  });

  test('cuts before a request: the server never hears of it', async () => {
    const relay = await toPostgres();
    const client = await logIn(relay);
    const done = relay.once({ kind: 'cut-before-request', pattern: /insert/, reset: true });
    await client.query('select 1');
    await expect(client.query(`insert into ${table} values (1)`)).rejects.toThrow(cutError);
    await done;
    expect(relay.faults['cut-before-request']).toBe(1);
    expect(await written(1)).toBe(false);
  });

  test('cuts after a request: the server has done it, the client cannot know', async () => {
    const relay = await toPostgres();
    const client = await logIn(relay);
    const seen: string[] = [];
    client.connection.on('message', ({ name }) => seen.push(name));
    const done = relay.once({ kind: 'cut-after-request' });
    await expect(client.query(`insert into ${table} values (2)`)).rejects.toThrow(cutError);
    await done;
    expect(seen).toEqual([]);
    expect(await written(2)).toBe(true);
  });

  test('cuts in mid-reply: the client gets some bytes of it', async () => {
    const relay = await toPostgres();
    const client = await logIn(relay);
    let received = 0;
    client.connection.stream.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    void relay.once({ kind: 'cut-in-reply', bytes: 7 });
    await expect(client.query(`insert into ${table} values (3)`)).rejects.toThrow(cutError);
    expect(received).toBe(7);
    expect(await written(3)).toBe(true);
  });

  test('lets the server finish a long answer that nobody gets', async () => {
    const relay = await toPostgres();
    const client = await logIn(relay);
    // Long: on a busy machine the server may pause inside of its answer.
    void relay.once({ kind: 'cut-in-reply', bytes: 1, quietMs: 1000 });
    const insert = `insert into ${table} select 4 from generate_series(1, 20000) returning repeat('x', 100)`;
    await expect(client.query(insert)).rejects.toThrow(cutError);
    await vi.waitUntil(() => relay.connections.open === 0, patience);
    expect((await direct.query(`select from ${table} where n = 4`)).rowCount).toBe(20_000);
  });

  test('swallows one connection as a black hole, and leaves the others', async () => {
    const relay = await toPostgres();
    const [lost, other] = [await logIn(relay), await logIn(relay)];
    const done = relay.once({ kind: 'black-hole', pattern: /values \(5\)/ });
    const answer = vi.fn();
    lost.query(`insert into ${table} values (5)`).then(answer, answer);
    await done;
    await other.query(`insert into ${table} values (6)`);
    expect([await written(5), await written(6)]).toEqual([false, true]);
    expect(answer).not.toHaveBeenCalled();
    lost.connection.stream.destroy();
    await vi.waitUntil(() => relay.connections.open === 1, patience);
  });

  test('becomes a black hole for open connections and new ones, and passes on what it kept back', async () => {
    const relay = await toPostgres();
    const client = await logIn(relay);
    await relay.change({ blackHole: true });
    const answer = vi.fn();
    const inserted = client.query(`insert into ${table} values (7)`).then(answer);
    const connecting = logIn(relay);
    await vi.waitUntil(() => relay.connections.open === 2, patience);
    expect(await written(7)).toBe(false);
    expect(answer).not.toHaveBeenCalled();
    await relay.change({ blackHole: false });
    await inserted;
    expect(await written(7)).toBe(true);
    await (await connecting).query('select 1');
  });

  test('adds latency, one turn or all of them', async () => {
    const relay = await toPostgres();
    const client = await logIn(relay);
    const took = async () => {
      const started = performance.now();
      await client.query('select 1');
      return performance.now() - started;
    };
    void relay.once({ kind: 'latency', latencyMs: 100 });
    expect(await took()).toBeGreaterThan(199);
    await relay.change({ latencyMs: 60 });
    expect(await took()).toBeGreaterThan(119);
    expect(relay.faults.latency).toBe(1);
  });

  test('lets an answer trickle, and keeps it whole', async () => {
    const relay = await toPostgres();
    const client = await logIn(relay);
    void relay.once({ kind: 'slow', bytesPerSecond: 10_000 });
    const started = performance.now();
    const { rows } = await client.query("select repeat('x', 2000) as long");
    expect(performance.now() - started).toBeGreaterThan(199);
    expect(rows).toEqual([{ long: 'x'.repeat(2000) }]);
  });

  test('refuses: once by a reset, or altogether by not listening', async () => {
    const relay = await toPostgres();
    const client = await logIn(relay);
    void relay.once({ kind: 'refuse' });
    await expect(logIn(relay)).rejects.toThrow(cutError);
    await logIn(relay);
    await relay.change({ refuse: true });
    await expect(logIn(relay)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await client.query('select 1');
    await relay.change({ refuse: false });
    await logIn(relay);
  });

  test('waits for a turn: lets a handshake and a login pass', async () => {
    const relay = await toPostgres();
    // The start-up packet, SASL's two messages, a statement.
    const done = relay.once({ kind: 'cut-before-request', fromTurn: 4 });
    const client = await logIn(relay);
    await expect(client.query('select 1')).rejects.toThrow(cutError);
    await done;
  });

  test('cuts all and can be led elsewhere', async () => {
    const relay = await relayTo(1);
    await expect(logIn(relay)).rejects.toThrow(cutError);
    relay.retarget({ host: '127.0.0.1', port: Number(postgresUrl.port) });
    const client = await logIn(relay);
    const lost = expect(client.query('select pg_sleep(60)')).rejects.toThrow(cutError);
    relay.cut();
    await lost;
    await logIn(relay);
  });

  test('leaves nothing when it is closed in the middle of everything', async () => {
    const relay = await startRelay({ host: '127.0.0.1', port: Number(postgresUrl.port) });
    const client = await logIn(relay);
    void relay.once({ kind: 'black-hole' });
    const lost = expect(client.query('select 1')).rejects.toThrow(cutError);
    await vi.waitUntil(() => relay.faults['black-hole'] === 1, patience);
    await relay.close();
    await relay.close();
    await lost;
    expect(relay.connections.open).toBe(0);
    await expect(logIn(relay)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('a relay that cannot read what it relays', () => {
  test('counts turns inside of TLS', async () => {
    await using local = await startLocal(shared);
    const relay = await startRelay(local.endpoints['iam-pg']);
    closing.push(() => relay.close());
    const { port } = relay;
    const { host, user, database, ca } = local.configs['iam-pg'];
    const password = await sign(local.configs['iam-pg'], { port });
    const connect = async () => {
      const client = new pg.Client({ host, port, user, database, password, ssl: { ca } });
      client.on('error', () => {});
      await client.connect();
      return client;
    };
    await expect(connect()).rejects.toThrow('PAM authentication failed');
    local.endpoints['iam-pg'].relayPorts.add(port);
    const client = await connect();
    await client.query(`create table ${table} (n int)`);
    const done = relay.once({ kind: 'cut-after-request', reset: true });
    await expect(client.query(`insert into ${table} values (1)`)).rejects.toThrow(cutError);
    await done;
    await client.end().catch(() => {});
    const again = await connect();
    expect((await again.query(`table ${table}`)).rows).toEqual([{ n: 1 }]);
    await again.query(`drop table ${table}`);
    await again.end();
  });

  test.skipIf(!shared.mysql)('serves MySQL, where the server speaks first', async () => {
    const url = new URL(shared.mysql ? shared.mysql.url : '');
    const relay = await relayTo(url.port);
    const connection = await mysql.createConnection({
      host: relay.host,
      port: relay.port,
      user: 'root',
      password: url.password,
    });
    connection.on('error', () => {});
    const done = relay.once({ kind: 'cut-before-request', pattern: /sleep/ });
    await expect(connection.query('select sleep(60)')).rejects.toThrow(/ECONNRESET|closed/);
    await done;
  });
});

describe('a relay before HTTP', () => {
  const bodies: string[] = [];
  const open = async (): Promise<Relay> => {
    bodies.length = 0;
    const server = createServer(async (request: IncomingMessage, response) => {
      bodies.push(await text(request));
      response.end('an answer');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    return relayTo((server.address() as { port: number }).port);
  };
  const post = async (relay: Relay, body: string): Promise<string> => {
    const response = await fetch(`http://${relay.host}:${relay.port}/`, {
      method: 'POST',
      body,
      headers: { connection: 'close' },
    });
    return response.text();
  };

  test('cuts by what the body says', async () => {
    const relay = await open();
    void relay.once({ kind: 'cut-before-request', pattern: /before/ });
    void relay.once({ kind: 'cut-after-request', pattern: /after/ });
    void relay.once({ kind: 'cut-in-reply', pattern: /reply/, bytes: 20 });
    expect(await post(relay, 'nothing')).toBe('an answer');
    for (const body of ['after', 'before', 'reply']) await expect(post(relay, body)).rejects.toThrow();
    expect(bodies).toEqual(['nothing', 'after', 'reply']);
    expect(relay.faults).toMatchObject({ 'cut-before-request': 1, 'cut-after-request': 1, 'cut-in-reply': 1 });
  });
});

describe('a random plan', () => {
  const draw = (seed: number) => {
    const plan = randomFaults({ seed, rate: 0.5 });
    return Array.from({ length: 300 }, (_, i) => plan(1 + (i % 30), Math.floor(i / 30)));
  };

  test('gives the same faults for the same seed, others for another', () => {
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  test('has the rate and the kinds it was asked for, each in its place', () => {
    const plan = randomFaults({
      seed: 1,
      rate: 0.2,
      weights: { 'cut-in-reply': 3, latency: 1, refuse: 1 },
      fromTurn: 3,
    });
    const count = new Map<RelayFaultKind | undefined, number>();
    for (let i = 1; i <= 5000; i++) {
      expect([plan(i, 1), plan(i, 2)]).toEqual([undefined, undefined]);
      expect([undefined, 'refuse']).toContain(plan(i, 0)?.kind);
      const kind = plan(i, 3 + (i % 50))?.kind;
      count.set(kind, (count.get(kind) ?? 0) + 1);
    }
    expect([...count.keys()].sort()).toEqual(['cut-in-reply', 'latency', undefined]);
    expect(count.get(undefined)! / 5000).toBeCloseTo(0.8, 1);
    expect(count.get('cut-in-reply')! / count.get('latency')!).toBeGreaterThan(2);
  });

  test('is followed, and survived by those who try again', async () => {
    const relay = await toPostgres({ plan: randomFaults({ seed: 3, rate: 0.3, weights: withoutBlackHole }) });
    let acknowledged = 0;
    for (let i = 0; i < 60; i++) {
      const client = await logIn(relay).catch(() => undefined);
      if (!client) continue;
      await client.query(`insert into ${table} values (${1000 + i})`).then(
        () => acknowledged++,
        () => {},
      );
      await client.end().catch(() => {});
    }
    const { rows } = await direct.query(
      `select count(*)::int, count(distinct n)::int as different from ${table} where n >= 1000`,
    );
    expect(rows[0].count).toBe(rows[0].different);
    expect(rows[0].count).toBeGreaterThanOrEqual(acknowledged);
    for (const kind of Object.keys(withoutBlackHole) as RelayFaultKind[]) expect(relay.faults[kind]).toBeGreaterThan(0);
    relay.follow(undefined);
    await (await logIn(relay)).query('select 1');
  });

  const withoutBlackHole = {
    latency: 1,
    slow: 1,
    'cut-before-request': 1,
    'cut-after-request': 1,
    'cut-in-reply': 1,
    refuse: 1,
  };
});

test('a client that only hangs up half is still answered', async () => {
  const relay = await toPostgres();
  const socket: Socket = connect({ port: relay.port, host: relay.host, allowHalfOpen: true });
  // An SSLRequest.
  socket.end(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]));
  expect(await text(socket)).toBe('N');
});
