/** Type tests: nothing here runs; `tsc` fails where a line marked as an error is none, or another is one. */

import {
  type ConfigOf,
  type Connection,
  connect,
  defineConnector,
  type QueryResult,
  type Sql,
  type StandardSchema,
  sql,
} from '../src/index.ts';
import type { Adapter, AdapterModule } from '../src/spi/index.ts';

interface TcpConfig {
  readonly host: string;
  readonly port?: number;
}

/** A configuration of two kinds: fields of one are errors in the other. */
type CloudConfig =
  | { readonly secretArn: string; readonly region?: string }
  | { readonly user: string; readonly password: string };

declare const tcp: AdapterModule<TcpConfig>;
declare const cloud: AdapterModule<CloudConfig>;
declare const adapter: Adapter;
declare const db: Connection;

const loaders = { tcp: async () => tcp, cloud: async () => cloud };

/** Configurations. */
export async function configurations(): Promise<void> {
  const open = defineConnector(loaders);
  const connection: Connection = await open({ adapter: 'tcp', host: 'db', port: 5432 });
  await connection.close();
  await open({ adapter: 'cloud', secretArn: 'arn', region: 'eu-west-1' });
  await open({ adapter: 'cloud', user: 'app', password: 'x' });
  await open(process.env['DATABASE_URL']);

  // @ts-expect-error a wrong type of a field
  await open({ adapter: 'tcp', host: 7 });
  // @ts-expect-error a field that is missing
  await open({ adapter: 'tcp' });
  // @ts-expect-error an unknown field
  await open({ adapter: 'tcp', host: 'db', hots: 'db' });
  // @ts-expect-error a field of another adapter
  await open({ adapter: 'tcp', host: 'db', secretArn: 'arn' });
  // @ts-expect-error an unknown adapter
  await open({ adapter: 'udp', host: 'db' });
  // @ts-expect-error no adapter
  await open({ host: 'db' });
  // @ts-expect-error half of one kind
  await open({ adapter: 'cloud', user: 'app' });
  // @ts-expect-error null is not undefined
  await open(null);

  const config: ConfigOf<typeof loaders> = { adapter: 'tcp', host: 'db' };
  await open(config);
  // @ts-expect-error a wrong field in a configuration that is built elsewhere
  const wrong: ConfigOf<typeof loaders> = { adapter: 'tcp', host: 'db', region: 'eu' };
  await open(wrong);
}

/** Loaders and options of a connector. */
export function connectors(): void {
  // @ts-expect-error a module that is no adapter
  defineConnector({ fs: () => import('node:fs/promises') });
  // @ts-expect-error a module without fromUrl
  defineConnector({ half: async () => ({ adapter: (_: TcpConfig) => adapter }) });
  // @ts-expect-error fromUrl and adapter that do not fit together
  defineConnector({ odd: async () => ({ adapter: (_: TcpConfig) => adapter, fromUrl: () => ({ user: 'app' }) }) });
  // @ts-expect-error a loader that is no function
  defineConnector({ tcp });
  defineConnector(loaders, { int64: 'bigint', defaults: { tcp: { port: 5432 } } });
  // @ts-expect-error a default of an unknown adapter
  defineConnector(loaders, { defaults: { udp: { port: 5432 } } });
  // @ts-expect-error a default of a wrong type
  defineConnector(loaders, { defaults: { tcp: { port: '5432' } } });
  // @ts-expect-error an unknown option
  defineConnector(loaders, { retires: false });
}

/** Options of a connection. */
export function options(): void {
  connect(adapter, { int64: 'string', retry: { attempts: 5 }, onQuery: ({ durationMs }) => void durationMs });
  // @ts-expect-error a wrong value
  connect(adapter, { int64: 'float' });
  // @ts-expect-error an unknown option
  connect(adapter, { timezone: 'UTC' });
  // @ts-expect-error a URL is no adapter
  connect('tcp://db');
}

interface User {
  id: number;
  name: string;
}

interface UserFilter {
  id: number;
  active: boolean;
}

declare const filter: UserFilter;
declare const userSchema: StandardSchema<User>;

/** Rows and parameters. */
export async function queries(): Promise<void> {
  const rows: QueryResult<User> = await db.query(sql<User>`select 1`);
  const byText: QueryResult<User> = await db.query<User>('select :id, :active', filter);
  const typed: QueryResult<User> = await db.query(sql.typed(userSchema)`select 1`);
  const text: QueryResult<User> = await db.query(sql.text<User>('select 1'));
  const first: User | undefined = await db.first(sql<User>`select 1`);
  const one: User = await db.one(sql.typed(userSchema)`select 1`);
  for await (const user of db.stream(sql<User>`select 1`)) user.name.toUpperCase();
  const plain = await db.query(sql`select 1`);
  const value: unknown = plain.rows[0]?.['id'];
  const nested: number = await db.transaction((tx) => tx.transaction(async () => 5));
  await db.values(sql.typed(userSchema)`select 1`);
  await db.batch([sql<User>`select 1`, sql.typed(userSchema)`select 1`, sql`select 2`]);
  await db.executeMany('insert into t values (:id, :active)', [filter, filter]);
  await db.query('select $1', [1, 'x', null, 7n, new Date(), new Uint8Array()]);

  // @ts-expect-error rows are readonly
  rows.rows.push({ id: 1, name: 'x' });
  // @ts-expect-error first may be undefined
  first.name;
  // @ts-expect-error another type of row
  const other: QueryResult<{ age: number }> = await db.query(sql<User>`select 1`);
  // @ts-expect-error a column that the row type does not have
  rows.rows[0]?.age;
  // @ts-expect-error a text is no statement for first
  await db.first('select 1');
  // @ts-expect-error there is no tagged query
  await db.query`select 1`;
  // @ts-expect-error a body must be asynchronous
  await db.transaction(() => 5);

  return void [byText, typed, text, one, value, nested, other];
}

/** What the sql tag takes. */
export function statements(): void {
  const part: Sql<unknown> = sql`a = ${1}`;
  sql`select ${part}, ${null}, ${true}, ${1n}, ${[1, [2]]}, ${new Date()}, ${sql.json({ any: ['thing'] })}`;
  sql`select ${sql.in('id', [1])} ${sql.list([1])} ${sql.values([[1]])} ${sql.identifier('a', 'b')} ${sql.join([part, 1])}`;
  // @ts-expect-error undefined is no value
  sql`select ${undefined}`;
  // @ts-expect-error an object is no value but as sql.json
  sql`select ${{ a: 1 }}`;
  // @ts-expect-error a function is no value
  sql`select ${() => 1}`;
  // @ts-expect-error sql is a tag
  sql('select 1');
  // @ts-expect-error a separator is a piece of SQL
  sql.join([1], ', ');
  // @ts-expect-error raw SQL is no name
  sql.identifier(part);
}

/** Transactions. */
export async function transactions(): Promise<void> {
  await using tx = await db.begin({ isolation: 'serializable', readOnly: true });
  await tx.commit();
  // @ts-expect-error an unknown isolation level
  await db.begin({ isolation: 'chaos' });
  // @ts-expect-error a transaction begins no other but as a nested one
  await tx.begin();
  // @ts-expect-error a transaction is not closed
  await tx.close();
}
