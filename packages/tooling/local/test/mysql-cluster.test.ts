import mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type ClusterEndpoint, type ClusterOf, startCluster } from '../src/index.ts';
import { sign } from './sign.ts';

const lost = { code: expect.stringMatching(/PROTOCOL_CONNECTION_LOST|ECONNRESET/) };
const { mysql: engine } = inject('sqlportLocal');
let cluster: ClusterOf<'mysql'>;
const connections: mysql.Connection[] = [];

beforeAll(async () => {
  if (!engine) return;
  cluster = await startCluster('mysql');
  await (await logIn(cluster.writer)).query('create table t (n int)');
});
afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.end().catch(() => {})));
});
afterAll(() => cluster?.close());

async function logIn({ address, name }: ClusterEndpoint): Promise<mysql.Connection> {
  const { user, database, ca } = cluster.config;
  const { host, port } = address;
  const token = await sign(cluster.config, { host: name, port });
  const connection = await mysql.createConnection({
    host,
    port,
    user,
    database,
    ssl: { ca, verifyIdentity: true },
    authPlugins: { mysql_clear_password: () => async () => Buffer.from(`${token}\0`) },
  });
  connection.on('error', () => {});
  connections.push(connection);
  return connection;
}

const ask = async (connection: mysql.Connection, text: string): Promise<unknown[]> => {
  const [rows] = await connection.query<mysql.RowDataPacket[]>(text);
  return rows.flatMap((row) => Object.values(row));
};

const serverOf = async (connection: mysql.Connection): Promise<number> =>
  Number((await ask(connection, 'select @@server_id'))[0]) - 1;

const rowsOn = async (endpoint: ClusterEndpoint): Promise<unknown[]> => {
  const connection = await logIn(endpoint);
  const rows = await ask(connection, 'select n from t order by n');
  await connection.end();
  return rows;
};

const roles = () => cluster.servers.map(({ role }) => role);

describe.skipIf(!engine)('a MySQL cluster', () => {
  test('leads each name to its server', async () => {
    expect(await serverOf(await logIn(cluster.writer))).toBe(0);
    const readers = [await logIn(cluster.reader), await logIn(cluster.reader)];
    expect((await Promise.all(readers.map(serverOf))).sort()).toEqual([1, 2]);
    expect(await serverOf(await logIn(cluster.servers[2]!.endpoint))).toBe(2);
  });

  test('replicates, as late as it is told, to readers that are really read-only', async () => {
    await cluster.holdReplication(1);
    await (await logIn(cluster.writer)).query('insert into t values (1)');
    await cluster.caughtUp();
    expect(await rowsOn(cluster.servers[2]!.endpoint)).toEqual([1]);
    expect(await rowsOn(cluster.servers[1]!.endpoint)).toEqual([]);
    await cluster.resumeReplication(1);
    await cluster.caughtUp();
    expect(await rowsOn(cluster.servers[1]!.endpoint)).toEqual([1]);
    await expect((await logIn(cluster.reader)).query('insert into t values (2)')).rejects.toMatchObject({
      errno: 1290,
    });
  });

  test('fails over: sockets are cut, and a name that is stale leads to a server that is read-only', async () => {
    const connection = await logIn(cluster.writer);
    await connection.query('begin');
    await connection.query('insert into t values (2)');
    const sleeping = expect(connection.query('select sleep(60)')).rejects.toMatchObject(lost);
    await cluster.failOver({ to: 1, names: 'stale' });
    await sleeping;
    expect(roles()).toEqual(['reader', 'writer', 'reader']);
    await expect((await logIn(cluster.writer)).query('insert into t values (3)')).rejects.toMatchObject({
      errno: 1290,
    });
    cluster.refreshNames();
    const writer = await logIn(cluster.writer);
    expect(await serverOf(writer)).toBe(1);
    await writer.query('insert into t values (4)');
    await cluster.caughtUp();
    for (const { endpoint } of cluster.servers) expect(await rowsOn(endpoint)).toEqual([1, 4]);
  });

  test('fails over under its sockets: sessions stay, and may only read from now on', async () => {
    const [idle, busy] = [await logIn(cluster.writer), await logIn(cluster.writer)];
    await busy.query('begin');
    await busy.query('insert into t values (3)');
    await cluster.failOver({ to: 2, sockets: 'keep' });
    await expect(idle.query('insert into t values (3)')).rejects.toMatchObject({ errno: 1290 });
    expect(await serverOf(idle)).toBe(1);
    await expect(busy.query('commit')).rejects.toThrow();
    expect(await rowsOn(cluster.writer)).toEqual([1, 4]);
    await (await logIn(cluster.writer)).query('insert into t values (5)');
    await cluster.caughtUp();
    expect(await ask(idle, 'select n from t order by n')).toEqual([1, 4, 5]);
  });

  test('fails over into silence: sockets stay open and nobody answers', async () => {
    const connection = await logIn(cluster.writer);
    const answer = vi.fn();
    connection.query('select sleep(60)').then(answer, answer);
    await cluster.failOver({ to: 0, sockets: 'black-hole' });
    expect(await serverOf(await logIn(cluster.writer))).toBe(0);
    expect(cluster.writer.relay.faults['black-hole']).toBe(1);
    expect(answer).not.toHaveBeenCalled();
    connection.destroy();
  });

  test('survives its writer, which comes back as a reader', async () => {
    const connection = await logIn(cluster.writer);
    await connection.query('insert into t values (6)');
    await cluster.caughtUp();
    const sleeping = expect(connection.query('select sleep(60)')).rejects.toMatchObject(lost);
    await cluster.killServer(0);
    await sleeping;
    await expect(logIn(cluster.writer)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await cluster.failOver();
    await (await logIn(cluster.writer)).query('insert into t values (7)');
    await cluster.restartServer(0);
    await cluster.caughtUp();
    expect(cluster.servers[0]?.role).toBe('reader');
    for (const { endpoint } of cluster.servers) expect(await rowsOn(endpoint)).toEqual([1, 4, 5, 6, 7]);
    await expect((await logIn(cluster.servers[0]!.endpoint)).query('insert into t values (8)')).rejects.toMatchObject({
      errno: 1290,
    });
  });

  test('restarts its writer, with everything that was acknowledged', async () => {
    const writer = cluster.servers.findIndex(({ role }) => role === 'writer');
    await (await logIn(cluster.writer)).query('insert into t values (8)');
    await cluster.killServer(writer);
    await cluster.restartServer(writer);
    await (await logIn(cluster.writer)).query('insert into t values (9)');
    await cluster.caughtUp();
    for (const { endpoint } of cluster.servers) expect(await rowsOn(endpoint)).toEqual([1, 4, 5, 6, 7, 8, 9]);
  });
});
