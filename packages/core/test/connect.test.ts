import { expect, it } from 'vitest';
import { type ConnectOptions, connect, sql } from '../src/index.ts';
import type { Adapter, Driver, Traits } from '../src/spi/index.ts';
import { errorOf, expectError, failOnUnhandledRejections } from './expectations.ts';
import { ScriptedDriver, type ScriptOptions, table } from './scripted-driver.ts';

failOnUnhandledRejections();

const adapterOf = (options?: ScriptOptions) => new ScriptedDriver(options).adapter;

it('shows the adapter, its dialect and what it can do before anything is opened', () => {
  const adapter = adapterOf({ dialect: 'mysql' });
  const db = connect(adapter);
  expect(db.adapter).toBe('scripted');
  expect(db.dialect).toBe('mysql');
  expect(db.capabilities).toMatchObject({ transactions: true, streams: 'incremental', readers: false });
});

it.each([
  ['nothing', undefined],
  ['null', null],
  ['a URL', 'iam-pg://user:canary@host/db'],
  ['a configuration', { adapter: 'iam-pg', password: 'canary' }],
  ['a factory', () => ({})],
  ['an adapter without traits', { specVersion: 1, name: 'x', open: async () => ({}) }],
])('refuses %s for an adapter', async (_, adapter) => {
  const error = await errorOf(() => connect(adapter as unknown as Adapter));
  expect(error.code).toBe('CONFIG');
  expect(error.message).not.toContain('canary');
});

it.each([0, 2, '1', undefined])('refuses an adapter of contract version %o', async (specVersion) => {
  const adapter = { ...adapterOf(), specVersion } as unknown as Adapter;
  const error = await errorOf(() => connect(adapter));
  expect(error.code).toBe('CONFIG');
  expect(error.message).toContain(`version ${specVersion}`);
});

it.each<[string, unknown]>([
  ['int64', 'float'],
  ['instants', 'Date'],
  ['json', true],
  ['retry', true],
  ['retry', 3],
  ['retry', { attempts: 'many' }],
  ['retry', { attempts: Number.NaN }],
  ['retry', { attempts: -1 }],
  ['retry', { tries: 3 }],
  ['retry', null],
  ['onQuery', {}],
  ['timezone', 'UTC'],
  ['__proto__x', 1],
  ['constructor', 1],
])('refuses option %s: %o, and names it', async (name, value) => {
  const error = await errorOf(() => connect(adapterOf(), { [name]: value } as ConnectOptions));
  expect(error.code).toBe('CONFIG');
  expect(error.message).toContain(name);
});

it.each([null, 7, 'int64'])('refuses %o for options', async (options) => {
  expect((await errorOf(() => connect(adapterOf(), options as never))).code).toBe('CONFIG');
});

it('takes every right option, and undefined as left out', () => {
  connect(adapterOf(), { int64: 'string', instants: 'string', json: 'text', retry: false, onQuery: () => {} });
  connect(adapterOf(), { retry: { attempts: 5, budgetMs: Number.POSITIVE_INFINITY } });
  connect(adapterOf(), {
    int64: undefined,
    instants: undefined,
    json: undefined,
    retry: undefined,
    onQuery: undefined,
  });
});

const driver = (): Driver => ({
  execute: async () => table([]),
  begin: () => Promise.reject(new Error('not here')),
  stream: async function* () {},
  close: async () => {},
});

it.each<[string, Partial<Traits>, Partial<Record<keyof Driver, unknown>>]>([
  ['no driver', {}, { execute: undefined }],
  ['no close', {}, { close: undefined }],
  ['begin, though it has no transactions', { transactions: false }, {}],
  ['no begin, though it has transactions', {}, { begin: undefined }],
  ['stream, though it buffers', { streams: 'buffered' }, {}],
  ['no stream, though it is incremental', {}, { stream: undefined }],
])('refuses a driver with %s, and closes it', async (_, traits, parts) => {
  let closed = 0;
  const adapter = {
    ...adapterOf({ traits }),
    open: async () => ({ ...driver(), close: async () => void closed++, ...parts }) as unknown as Driver,
  };
  const db = connect(adapter);
  const error = await expectError(db.query(sql`select 1`), 'CONFIG');
  expect(error.message).toContain('scripted');
  if (!('close' in parts)) expect(closed).toBe(1);
});

it.each([undefined, null, 7])('refuses %o for a driver', async (opened) => {
  const db = connect({ ...adapterOf(), open: async () => opened as unknown as Driver });
  await expectError(db.query(sql`select 1`), 'CONFIG');
});

it('passes a route on only where the strategy has readers', async () => {
  const script = new ScriptedDriver();
  await connect(script.adapter).query(sql`select 1`, { route: 'reader' });
  expect(script.calls[0]?.route).toBeUndefined();
  const readers = new ScriptedDriver({ traits: { readers: true } });
  const db = connect(readers.adapter);
  await db.query(sql`select 1`, { route: 'reader' });
  for await (const _ of db.stream(sql`select 1`, { route: 'reader' }));
  await db.begin({ route: 'reader', readOnly: true });
  expect(readers.calls.map(({ route }) => route)).toEqual(['reader', 'reader']);
  expect(readers.begins[0]?.call.route).toBe('reader');
});

it('refuses a route that there is none of', async () => {
  const script = new ScriptedDriver({ traits: { readers: true } });
  const db = connect(script.adapter);
  const route = 'raeder' as 'reader';
  await expectError(db.query(sql`select 1`, { route }), 'DATA');
  await expectError(db.begin({ route }), 'DATA');
  await expectError(db.begin({ readOnly: 'false' as unknown as boolean }), 'DATA');
  await expectError(db.stream(sql`select 1`, { route })[Symbol.asyncIterator]().next(), 'DATA');
  expect(script.log).toEqual([]);
});

it('closes at the end of an await using', async () => {
  const script = new ScriptedDriver();
  {
    await using db = connect(script.adapter);
    await db.ping();
  }
  expect(script.log).toEqual(['open', 'execute select 1', 'close']);
});

it('ping resolves when the database answers, and may be repeated', async () => {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  const { ConnectorError } = await import('../src/index.ts');
  script.fail('execute', new ConnectorError('UNREACHABLE', 'gone', { outcome: 'unknown' }));
  await db.ping();
  expect(script.log).toEqual(['open', 'execute select 1', 'execute select 1']);
});
