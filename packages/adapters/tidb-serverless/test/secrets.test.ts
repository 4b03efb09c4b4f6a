import { inspect } from 'node:util';
import { failure } from '@sqlport/conformance/driver';
import { connect, type QueryEvent, sql } from '@sqlport/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tidbServerless } from '../src/index.ts';
import { Fixture } from './fixture.ts';

const CANARY = 'canary@/+:5ecret';

let fixture: Fixture;
let db: ReturnType<Fixture['connect']>;
const events: QueryEvent[] = [];
beforeAll(async () => {
  fixture = await Fixture.start();
  db = fixture.connect({}, { onQuery: (event) => events.push(event) });
  await db.query('create table secrets (name varchar(50) primary key, age int, check (age > 0))');
  await db.query('insert into secrets values (?, 1)', [CANARY]);
});
afterAll(() => fixture.stop());

/** Everything that a logger might print. */
const printed = (value: unknown) =>
  [inspect(value, { depth: 10, getters: true }), JSON.stringify(value), String(value), (value as Error).stack].join(
    '\n',
  );

it.each([
  ['a unique violation', 'insert into secrets values (?, 1)', [CANARY]],
  ['a check violation', 'insert into secrets values (concat("x", ?), 0)', [CANARY]],
  ['a value that is too long', 'insert into secrets values (?, 1)', [CANARY.repeat(9)]],
  ['a value of the wrong type', 'insert into secrets values ("y", ?)', [CANARY]],
  ['a literal of the wrong type', `insert into secrets values ("z", '${CANARY}')`, []],
  ['an unknown name', `select \`${CANARY}\``, []],
  ['a syntax error', `select '${CANARY}' from from`, []],
] as const)('%s shows nothing of the data', async (_, text, params) => {
  const error = await failure(db.query(text, [...params]));
  expect(error.serverMessage).toBeTypeOf('string');
  expect(printed(error)).not.toContain('canary');
});

it.each([
  { kind: 'drop', when: 'after' },
  { kind: 'cut-body' },
  { kind: 'bad-gateway' },
  { kind: 'server-error', when: 'before' },
  { kind: 'no-session-header' },
  { kind: 'redirect', to: 'https://evil.example/' },
] as const)('$kind shows nothing of statement and login', async (fault) => {
  fixture.endpoint.injectFault(fault);
  const error = await failure(db.query(sql`select ${CANARY}`));
  const text = printed(error);
  expect(text).not.toContain('canary');
  expect(text).not.toContain(fixture.config.password);
  expect(text).not.toContain('evil');
});

it('a refused password is shown nowhere', async () => {
  const error = await failure(fixture.connect({ password: CANARY }).query('select 1'));
  expect(error.code).toBe('AUTH');
  expect(printed(error)).not.toContain('canary');
  expect(printed(error)).not.toContain(btoa(`${fixture.config.user}:${CANARY}`));
});

it('a fetch that quotes its request in its error shows nothing', async () => {
  const own = fixture.connect({
    fetch: (url, init) => Promise.reject(new Error(`cannot send ${url} ${JSON.stringify(init)} ${CANARY}`)),
  });
  const text = printed(await failure(own.query(sql`select ${CANARY}`)));
  expect(text).not.toContain('canary');
  expect(text).not.toContain('Basic ');
});

it('an adapter, a driver and a connection show no password', async () => {
  const adapter = tidbServerless({ ...fixture.config, password: CANARY });
  const values = { int64: 'number', instants: 'date', json: 'parsed' } as const;
  const driver = await adapter.open({ signal: new AbortController().signal, values });
  for (const value of [adapter, driver, connect(adapter)]) {
    expect(inspect(value, { depth: 10, showHidden: true }) + JSON.stringify(value)).not.toContain('canary');
  }
});

it('no event shows data', () => {
  // Names stay in the text of an event.
  const withoutName = events.filter(({ text }) => !text.includes('`'));
  expect(withoutName.length).toBeGreaterThan(10);
  expect(printed(withoutName)).not.toContain('canary');
});

it('the driver logs nothing, and is never given the login', async () => {
  const seen: string[] = [];
  const own = fixture.connect({
    fetch: (url, init) => {
      seen.push(`${url} ${init.body}`);
      return fixture.config.fetch(url, init);
    },
  });
  await own.query('select 1');
  expect(seen).toEqual([`https://http-${fixture.endpoint.host}/v1beta/sql {"query":"select 1"}`]);
});
