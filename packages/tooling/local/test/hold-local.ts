/** A program for `life.test.ts`: starts everything, or a cluster, says where it is, and does not close it. */
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { startCluster, startLocal } from '../src/index.ts';

// Held on to by whoever started it; without a parent it would stay for ever.
process.on('disconnect', process.exit);

if (process.argv[2] === 'cluster') await holdCluster();
else await holdLocal();

async function holdCluster(): Promise<void> {
  const cluster = await startCluster('postgres');
  const client = new pg.Client({ connectionString: cluster.servers[0]!.url });
  await client.connect();
  const directories = [(await client.query('show data_directory')).rows[0].data_directory];
  await client.end();
  const ports = [...cluster.names.values(), ...cluster.servers.map(({ url }) => new URL(url))].map(({ port }) => port);
  process.send!({ directories, ports: ports.map(Number) });
  process.on('message', () => {});
}

async function holdLocal(): Promise<void> {
  const local = await startLocal();
  const client = new pg.Client({ connectionString: local.postgres!.url });
  await client.connect();
  const directories = [(await client.query('show data_directory')).rows[0].data_directory];
  await client.end();
  if (local.mysql) {
    const connection = await createConnection(local.mysql.url);
    const [rows] = await connection.query('select @@datadir as directory');
    directories.push((rows as { directory: string }[])[0]!.directory);
    await connection.end();
  }
  const ports = Object.values(local.endpoints).map(({ port }) => port);
  const engines = [local.postgres, local.mysql].flatMap((engine) => (engine ? [Number(new URL(engine.url).port)] : []));
  process.send!({ directories, ports: [...ports, ...engines], urls: local.urls });
  process.on('message', (how) => {
    if (how === 'close') {
      process.off('disconnect', process.exit);
      void local.close().then(() => process.disconnect());
    }
    if (how === 'throw') throw new Error('as asked for');
  });
}
