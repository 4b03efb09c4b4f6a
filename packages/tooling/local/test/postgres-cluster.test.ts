import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ClusterEndpoint, type ClusterOf, startCluster } from '../src/index.ts';
import { sign } from './sign.ts';

/** For conditions that are soon true, also on a busy machine. */
const patience = 20_000;
const lost = /ECONNRESET|terminated unexpectedly/;
let cluster: ClusterOf<'postgres'>;
const clients: pg.Client[] = [];

beforeAll(async () => {
  cluster = await startCluster('postgres');
  const client = await logIn(cluster.writer);
  await client.query('create table t (n int)');
  await client.end();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => {})));
});
afterAll(() => cluster?.close());

async function logIn({ address, name }: ClusterEndpoint): Promise<pg.Client> {
  const { user, database, ca } = cluster.config;
  const { host, port } = address;
  const client = new pg.Client({
    host,
    port,
    user,
    database,
    ssl: { ca, servername: name },
    password: await sign(cluster.config, { host: name, port }),
  });
  client.on('error', () => {});
  clients.push(client);
  await client.connect();
  return client;
}

const serverOf = async (client: pg.Client): Promise<number> => {
  const { rows } = await client.query("select current_setting('port') as port");
  return cluster.servers.findIndex(({ url }) => new URL(url).port === rows[0].port);
};

const rowsOn = async (endpoint: ClusterEndpoint): Promise<number[]> => {
  const client = await logIn(endpoint);
  const { rows } = await client.query('select n from t order by n');
  await client.end();
  return rows.map(({ n }) => n);
};

const roles = () => cluster.servers.map(({ role }) => role);

describe('a PostgreSQL cluster', () => {
  test('has a name for each server, the writer and the readers', async () => {
    expect(cluster.kind).toBe('PostgreSQL');
    expect([...cluster.names.keys()].map((name) => name.split('.').slice(0, 2).join('.'))).toEqual([
      'shop.cluster-abc123',
      'shop.cluster-ro-abc123',
      'shop-1.abc123',
      'shop-2.abc123',
      'shop-3.abc123',
    ]);
    expect(await serverOf(await logIn(cluster.writer))).toBe(0);
    const readers = [await logIn(cluster.reader), await logIn(cluster.reader)];
    expect((await Promise.all(readers.map(serverOf))).sort()).toEqual([1, 2]);
    expect(await serverOf(await logIn(cluster.servers[2]!.endpoint))).toBe(2);
  });

  test('replicates, as late as it is told, to readers that are really read-only', async () => {
    const writer = await logIn(cluster.writer);
    await cluster.holdReplication(1);
    await writer.query('insert into t values (1)');
    await cluster.caughtUp();
    expect(await rowsOn(cluster.servers[2]!.endpoint)).toEqual([1]);
    expect(await rowsOn(cluster.servers[1]!.endpoint)).toEqual([]);
    await cluster.resumeReplication(1);
    await cluster.caughtUp();
    expect(await rowsOn(cluster.servers[1]!.endpoint)).toEqual([1]);
    const reader = await logIn(cluster.reader);
    await expect(reader.query('insert into t values (2)')).rejects.toMatchObject({ code: '25006' });
  });

  test('fails over: sockets are cut, and a name that is stale leads to a server that is read-only', async () => {
    const client = await logIn(cluster.writer);
    const sleeping = expect(client.query('select pg_sleep(60)')).rejects.toThrow(lost);
    await cluster.failOver({ to: 1, names: 'stale' });
    await sleeping;
    expect(roles()).toEqual(['reader', 'writer', 'reader']);
    await expect((await logIn(cluster.writer)).query('insert into t values (3)')).rejects.toMatchObject({
      code: '25006',
    });
    cluster.refreshNames();
    const writer = await logIn(cluster.writer);
    expect(await serverOf(writer)).toBe(1);
    await writer.query('insert into t values (4)');
    await cluster.caughtUp();
    expect(await rowsOn(cluster.servers[0]!.endpoint)).toEqual([1, 4]);
    expect(await rowsOn(cluster.servers[2]!.endpoint)).toEqual([1, 4]);
  });

  test('fails over under its sockets: sessions stay, and may only read from now on', async () => {
    const [idle, busy] = [await logIn(cluster.writer), await logIn(cluster.writer)];
    await busy.query('begin');
    await busy.query('insert into t values (5)');
    await cluster.failOver({ to: 2, sockets: 'keep' });
    await expect(idle.query('insert into t values (5)')).rejects.toMatchObject({ code: '25006' });
    await expect(busy.query('commit')).rejects.toThrow();
    await (await logIn(cluster.writer)).query('insert into t values (5)');
    // It does not replicate any longer, and takes nobody in before it has been restarted.
    expect((await idle.query('table t')).rows).toHaveLength(2);
    await expect(logIn(cluster.servers[1]!.endpoint)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await cluster.restartServer(1);
    await cluster.caughtUp();
    for (const { endpoint } of cluster.servers) expect(await rowsOn(endpoint)).toEqual([1, 4, 5]);
  });

  test('fails over into silence: sockets stay open and nobody answers', async () => {
    const client = await logIn(cluster.writer);
    const answer = vi.fn();
    client.query('select pg_sleep(60)').then(answer, answer);
    await cluster.failOver({ to: 0, sockets: 'black-hole' });
    client.query('insert into t values (0)').then(answer, answer);
    expect(await serverOf(await logIn(cluster.writer))).toBe(0);
    expect(cluster.writer.relay.faults['black-hole']).toBe(1);
    expect(answer).not.toHaveBeenCalled();
    expect(await rowsOn(cluster.writer)).toEqual([1, 4, 5]);
    client.connection.stream.destroy();
  });

  test('survives its writer: nothing acknowledged is lost, and the old one comes back as a reader', async () => {
    const client = await logIn(cluster.writer);
    await client.query('insert into t values (6)');
    const sleeping = expect(client.query('select pg_sleep(60)')).rejects.toThrow(lost);
    await cluster.killServer(0);
    await sleeping;
    expect(cluster.servers[0]?.isRunning).toBe(false);
    await expect(logIn(cluster.writer)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await cluster.failOver();
    const writer = await logIn(cluster.writer);
    await writer.query('insert into t values (7)');
    await cluster.restartServer(0);
    await cluster.caughtUp();
    expect(roles().filter((role) => role === 'writer')).toHaveLength(1);
    expect(cluster.servers[0]?.role).toBe('reader');
    for (const { endpoint } of cluster.servers) expect(await rowsOn(endpoint)).toEqual([1, 4, 5, 6, 7]);
  });

  test('skips a dead reader, and takes it back', async () => {
    const dead = cluster.servers.findIndex(({ role }) => role === 'reader');
    await cluster.killServer(dead);
    for (let i = 0; i < 3; i++) expect(await serverOf(await logIn(cluster.reader))).not.toBe(dead);
    await expect(logIn(cluster.servers[dead]!.endpoint)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await (await logIn(cluster.writer)).query('insert into t values (8)');
    await cluster.restartServer(dead);
    await cluster.caughtUp();
    expect(await rowsOn(cluster.servers[dead]!.endpoint)).toEqual([1, 4, 5, 6, 7, 8]);
  });

  test('writes on when all its readers are gone', async () => {
    const readers = roles().flatMap((role, i) => (role === 'reader' ? [i] : []));
    for (const reader of readers) await cluster.killServer(reader);
    await (await logIn(cluster.writer)).query('insert into t values (9)');
    expect(await rowsOn(cluster.reader)).toEqual([1, 4, 5, 6, 7, 8, 9]);
    for (const reader of readers) await cluster.restartServer(reader);
  });

  test('says what it cannot do', async () => {
    const writer = cluster.servers.findIndex(({ role }) => role === 'writer');
    await expect(cluster.failOver({ to: writer })).rejects.toThrow(`Server ${writer} is the writer.`);
    await expect(cluster.killServer(7)).rejects.toThrow('There is no server 7: they are 0 to 2.');
    await expect(cluster.restartServer(writer)).rejects.toThrow(`Server ${writer} is running.`);
    await expect(startCluster('postgres', { readers: 0 })).rejects.toThrow(/from 1 to 9/);
  });

  test(
    'is gone when it is closed',
    async () => {
      const ports = [...cluster.names.values(), ...cluster.servers.map(({ url }) => new URL(url))].map(
        ({ port }) => port,
      );
      await cluster.close();
      for (const port of ports) {
        const client = new pg.Client({ host: '127.0.0.1', port: Number(port), user: 'nobody', password: 'x' });
        await expect(client.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      }
    },
    patience,
  );
});
