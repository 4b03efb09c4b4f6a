import assert from 'node:assert/strict';
import { join } from 'node:path';
import { startLocal } from '@sqlport/local';
import mysql from 'mysql2/promise';
import type { Servers } from './environment.ts';
import { runWorker } from './worker.ts';

/** Runs the Worker of the examples, unchanged, in workerd; `folder`: where it is installed. Throws where it is wrong. */
export async function runWorkerExample(
  modules: string,
  folder: string,
  servers: Servers,
  signal: AbortSignal,
): Promise<void> {
  await using local = await startLocal({ postgres: false, mysql: { url: servers.mysql } });
  const { name, urls } = await local.createDatabase();
  await makeTables(servers.mysql, name);
  const { host, port } = local.endpoints['tidb-serverless'];
  const post = (body: string) => ({ path: '/', method: 'POST', body });
  const replies = await runWorker(
    modules,
    {
      folder,
      source: `export { default } from ${JSON.stringify(join(folder, 'src/worker.ts'))};`,
      bindings: { DATABASE_URL: urls['tidb-serverless'] },
      ports: { [`http-${host}`]: port },
      requests: [
        post('Buy milk'),
        post('Buy milk'),
        post('x'.repeat(201)),
        post("It's ?"),
        { path: '/', method: 'GET' },
      ],
    },
    signal,
  );
  assert.deepEqual(
    replies.map(({ status }) => status),
    [201, 409, 400, 201, 200],
    replies.map(({ body }) => body).join('\n'),
  );
  const notes = JSON.parse(replies.at(-1)!.body) as { text: string }[];
  assert.deepEqual(
    notes.map(({ text }) => text),
    ['Buy milk', "It's ?"],
  );
}

/** The tables of the example's README. */
async function makeTables(server: string, database: string): Promise<void> {
  const admin = await mysql.createConnection(server);
  await admin.query(`use ${database}`);
  await admin.query('create table notes (id bigint primary key auto_increment, text varchar(200) not null unique)');
  await admin.query('create table counters (name varchar(20) primary key, n int not null)');
  await admin.query("insert into counters values ('notes', 0)");
  await admin.end();
}
