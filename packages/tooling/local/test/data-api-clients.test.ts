import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { RDSData, RDSDataClient } from '@aws-sdk/client-rds-data';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/aws-data-api/pg';
import { jsonb, pgTable, serial, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { type ColumnDefinitionBuilder, Kysely } from 'kysely';
import { DataApiDialect } from 'kysely-data-api';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type DataApiConfig, type Local, type LocalDatabase, startLocal } from '../src/index.ts';
import { findAwsCli, findBotocore, type Tool } from './outside-tools.ts';

const run = promisify(execFile);
const shared = inject('sqlportLocal');
const [botocore, awsCli] = await Promise.all([findBotocore(), findAwsCli()]);
const named = (name: string, tool: Tool): [string, boolean] =>
  'missing' in tool ? [`${name} (skipped: ${tool.missing})`, true] : [name, false];
let local: Local;
let database: LocalDatabase;

beforeAll(async () => {
  local = await startLocal(shared);
  database = await local.createDatabase();
});
afterAll(() => local.close());

async function use(tool: Tool, args: string[], config: DataApiConfig): Promise<string> {
  if ('missing' in tool) throw new Error(tool.missing);
  const [command, ...first] = tool.command;
  const { stdout } = await run(command, [...first, ...args], {
    env: {
      ...process.env,
      ...tool.env,
      AWS_ACCESS_KEY_ID: config.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: config.credentials.secretAccessKey,
      AWS_REGION: config.region,
      AWS_DEFAULT_REGION: config.region,
      AWS_ENDPOINT_URL_RDS_DATA: config.endpoint,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
    },
  });
  return stdout.trim();
}

const connect = ({ region, credentials, endpoint }: DataApiConfig) => ({ region, credentials, endpoint });

test('the AWS SDK goes where AWS_ENDPOINT_URL_RDS_DATA leads', async () => {
  const { resourceArn, secretArn, region, credentials, endpoint } = database.configs['data-api-postgres'];
  vi.stubEnv('AWS_ENDPOINT_URL_RDS_DATA', `${endpoint}/base`);
  const client = new RDSData({ region, credentials });
  const { records } = await client.executeStatement({ resourceArn, secretArn, sql: 'select 1' });
  vi.unstubAllEnvs();
  expect(records).toEqual([[{ longValue: 1 }]]);
});

const [botocoreName, noBotocore] = named('botocore', botocore);
describe.skipIf(noBotocore)(botocoreName, () => {
  const ask = async (config: DataApiConfig, body: string) => {
    const program = `
import json, sys, botocore.session
arns = dict(zip(('resourceArn', 'secretArn', 'database'), sys.argv[1:]))
client = botocore.session.get_session().create_client('rds-data')
def plain(reply):
    reply.pop('ResponseMetadata')
    return reply
def failed(call):
    try:
        call()
    except client.exceptions.ClientError as error:
        modelled = type(error) is not client.exceptions.ClientError
        return [error.response['Error']['Code'], error.response['ResponseMetadata']['HTTPStatusCode'], modelled]
execute = lambda sql, **more: plain(client.execute_statement(sql=sql, **arns, **more))
${body}
print(json.dumps(answers, default=lambda value: list(value)))`;
    const { resourceArn, secretArn, database: name } = config;
    return JSON.parse(await use(botocore, ['-c', program, resourceArn, secretArn, name], config));
  };

  test('works through all operations, and reads every kind of value', async () => {
    const config = database.configs['data-api-postgres'];
    const answers = await ask(
      config,
      `
execute('create table py (id serial, n bigint, f float8, b bytea, a int[])')
without_database = {key: arns[key] for key in ('resourceArn', 'secretArn')}
begun = client.begin_transaction(**arns)['transactionId']
batch = plain(client.batch_execute_statement(
    sql='insert into py (n, f, b) values (:n, :f, :b)', transactionId=begun, **arns,
    parameterSets=[[
        {'name': 'n', 'value': {'longValue': 2**63 - 1}},
        {'name': 'f', 'value': {'doubleValue': float('inf')}},
        {'name': 'b', 'value': {'blobValue': bytes([0, 255])}}]]))
committed = plain(client.commit_transaction(transactionId=begun, **without_database))
begun = client.begin_transaction(**arns)['transactionId']
rolled = plain(client.rollback_transaction(transactionId=begun, **without_database))
rows = execute("select n, f::text, b, array[1, null] from py", includeResultMetadata=True)
answers = [batch, committed, rolled, rows['records'], [column['typeName'] for column in rows['columnMetadata']]]`,
    );
    expect(answers).toEqual([
      { updateResults: [{ generatedFields: [] }] },
      { transactionStatus: 'Transaction Committed' },
      { transactionStatus: 'Rollback Complete' },
      [
        [
          // JSON.parse rounds what Python has exactly.
          { longValue: 2 ** 63 },
          { stringValue: 'Infinity' },
          { blobValue: [0, 255] },
          { arrayValue: { longValues: [1, null] } },
        ],
      ],
      ['int8', 'text', 'bytea', '_int4'],
    ]);
  });

  test('knows the errors', async () => {
    const answers = await ask(
      database.configs['data-api-postgres'],
      `
answers = [
    failed(lambda: execute('select nope')),
    failed(lambda: execute("select '1 day'::interval")),
    failed(lambda: execute('select 1; select 2')),
    failed(lambda: execute('select 1', transactionId='none')),
]`,
    );
    expect(answers).toEqual([
      ['DatabaseErrorException', 400, true],
      ['UnsupportedResultException', 400, true],
      ['ValidationException', 400, false],
      ['TransactionNotFoundException', 404, true],
    ]);
  });

  test.skipIf(!shared.mysql)('works on MySQL', async () => {
    const answers = await ask(
      database.configs['data-api-mysql'],
      `
execute('create table py (id int auto_increment primary key, flag tinyint(1))')
made = execute('insert into py (flag) values (:flag)', parameters=[{'name': 'flag', 'value': {'booleanValue': True}}])
answers = [made, execute('select * from py')['records']]`,
    );
    expect(answers).toEqual([
      { numberOfRecordsUpdated: 1, generatedFields: [{ longValue: 1 }] },
      [[{ longValue: 1 }, { booleanValue: true }]],
    ]);
  });
});

const [cliName, noCli] = named('the AWS CLI', awsCli);
describe.skipIf(noCli)(cliName, () => {
  test('runs a statement', async () => {
    const config = database.configs['data-api-postgres'];
    const { resourceArn, secretArn, database: name } = config;
    const where = ['--resource-arn', resourceArn, '--secret-arn', secretArn, '--database', name];
    const parameters = '[{"name": "p", "value": {"longValue": 41}}]';
    const statement = ['--sql', 'select :p + 1', '--parameters', parameters];
    const answer = await use(awsCli, ['rds-data', 'execute-statement', ...where, ...statement], config);
    expect(JSON.parse(answer)).toEqual({ records: [[{ longValue: 42 }]], numberOfRecordsUpdated: 0 });
  });
});

describe('drizzle', () => {
  test('queries, inserts and runs a transaction', async () => {
    const config = database.configs['data-api-postgres'];
    const { resourceArn, secretArn, database: name } = config;
    const db = drizzle(new RDSDataClient(connect(config)), { resourceArn, secretArn, database: name });
    const notes = pgTable('notes', {
      id: serial().primaryKey(),
      title: text().notNull(),
      tags: text().array(),
      key: uuid(),
      extra: jsonb(),
      at: timestamp(),
    });
    await db.execute(
      sql`create table notes (id serial primary key, title text not null, tags text[], key uuid, extra jsonb, at timestamp)`,
    );
    const note = { title: "it's", key: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', extra: { a: [1] }, at: new Date(0) };
    expect(await db.insert(notes).values(note).returning()).toEqual([{ id: 1, tags: null, ...note }]);
    await expect(
      db.transaction(async (tx) => {
        await tx.insert(notes).values(note);
        expect(await tx.select().from(notes)).toHaveLength(2);
        tx.rollback();
      }),
    ).rejects.toThrow('Rollback');
    expect(await db.select().from(notes)).toHaveLength(1);
  });
});

describe('kysely-data-api', () => {
  const open = (mode: 'postgres' | 'mysql') => {
    const config = database.configs[`data-api-${mode}`];
    const { resourceArn, secretArn, database: name } = config;
    const driver = { client: new RDSData(connect(config)), resourceArn, secretArn, database: name };
    return new Kysely<{ people: { id: number; name: string } }>({ dialect: new DataApiDialect({ mode, driver }) });
  };

  test('runs a transaction on PostgreSQL', async () => {
    const kysely = open('postgres');
    await kysely.schema.createTable('people').addColumn('id', 'serial').addColumn('name', 'text').execute();
    const made = await kysely
      .transaction()
      .execute((trx) => trx.insertInto('people').values({ id: 1, name: 'Ann' }).returningAll().execute());
    expect(made).toEqual([{ id: 1, name: 'Ann' }]);
    expect(await kysely.selectFrom('people').where('name', '=', 'Ann').selectAll().execute()).toEqual(made);
  });

  test.skipIf(!shared.mysql)('knows the generated id on MySQL', async () => {
    const kysely = open('mysql');
    const id = (column: ColumnDefinitionBuilder) => column.autoIncrement().primaryKey();
    await kysely.schema.createTable('people').addColumn('id', 'integer', id).addColumn('name', 'text').execute();
    const { insertId } = await kysely.insertInto('people').values({ id: 7, name: 'Ann' }).executeTakeFirstOrThrow();
    expect(insertId).toBe(7n);
    expect(await kysely.selectFrom('people').selectAll().execute()).toEqual([{ id: 7, name: 'Ann' }]);
  });
});
