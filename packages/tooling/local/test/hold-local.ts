/** A program for `life.test.ts`: starts everything, says where it is, and does not close it. */
import { createConnection } from 'mysql2/promise';
import pg from 'pg';
import { startLocal } from '../src/index.ts';

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
  if (how === 'close') void local.close().then(() => process.disconnect());
  if (how === 'throw') throw new Error('as asked for');
});
