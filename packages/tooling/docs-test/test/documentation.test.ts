import { connect } from '@sqlport/core';
import { iamMysql2 } from '@sqlport/iam-mysql2';
import { iamPg } from '@sqlport/iam-pg';
import { startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import { afterAll, describe, expect, inject, test } from 'vitest';
import { mistakesIn } from '../src/compile.ts';
import type { Example } from '../src/example.ts';
import { allExamples } from '../src/pages.ts';
import { runExample } from '../src/run.ts';

/** What examples may take for granted in their database. */
const TABLES = `
  create table users (id int primary key, name varchar(50) not null);
  create table accounts (id int primary key, balance int not null);
  create table events (id int primary key, what varchar(50) not null);
  insert into users values (1, 'Alice');
  insert into accounts values (1, 100), (2, 100);
  insert into events values (1, 'login'), (2, 'logout')`;

/** What an example may be led to by its URL, and the adapter that takes it there. */
const STRATEGIES = [
  ['iam-pg', 'iam-pg'],
  ['iam-mysql2', 'iam-mysql2'],
  ['data-api-postgres', 'data-api'],
  ['data-api-mysql', 'data-api'],
  ['tidb-serverless', 'tidb-serverless'],
] as const;
type Strategy = (typeof STRATEGIES)[number][0];

const engines = inject('sqlportLocal');
const local = await startLocal(engines);
afterAll(() => local.close());

async function run(example: Example, url?: Strategy): Promise<void> {
  await using database = await local.createDatabase();
  const { configs } = database;
  for (const adapter of [iamPg(configs['iam-pg']), iamMysql2(configs['iam-mysql2'])]) {
    await using db = connect(adapter);
    await db.script(TABLES);
  }
  const { host, port } = local.endpoints['tidb-serverless'];
  const servers = {
    configs: { ...configs, 'data-api': configs[url === 'data-api-mysql' ? url : 'data-api-postgres'] },
    origins: { [`https://http-${host}`]: `http://127.0.0.1:${port}` },
  };
  await runExample(example, servers, {
    ...(url && { DATABASE_URL: database.urls[url] }),
    // Examples that start servers of their own make do with these.
    SQLPORT_POSTGRES_URL: local.postgres!.url,
    SQLPORT_MYSQL_URL: local.mysql!.url,
  });
}

const examples = allExamples();
const mistakes = mistakesIn(examples);

describe.each(examples)('$name', (example) => {
  test('compiles', () => {
    expect(mistakes.get(example.name)).toEqual([]);
  });

  if (!example.runs) return;
  if (!example.text.includes('DATABASE_URL')) {
    test('runs', () => run(example));
    return;
  }
  const known = STRATEGIES.filter(([, adapter]) => example.text.includes(`@sqlport/${adapter}'`));
  test.each(known)('runs on %s', (url) => run(example, url));
});
