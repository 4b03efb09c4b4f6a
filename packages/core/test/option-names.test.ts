import { expect, it } from 'vitest';
import { connect, defineConnector, sql } from '../src/index.ts';
import { errorOf, expectError, failOnUnhandledRejections } from './expectations.ts';
import { ScriptedDriver } from './scripted-driver.ts';

failOnUnhandledRejections();

it('refuses an option that does not exist, before anything is opened', async () => {
  const script = new ScriptedDriver();
  const db = connect(script.adapter);
  const misspelt = { timeout: 5 } as object;
  await expectError(db.query(sql`select 1`, misspelt), 'DATA');
  await expectError(db.query('select 1', [], misspelt), 'DATA');
  await expectError(db.values(sql`select 1`, misspelt), 'DATA');
  await expectError(db.batch([sql`select 1`], misspelt), 'DATA');
  await expectError(db.executeMany('select 1', [[]], misspelt), 'DATA');
  await expectError(db.script('select 1', misspelt), 'DATA');
  await expectError(db.stream(sql`select 1`, misspelt)[Symbol.asyncIterator]().next(), 'DATA');
  await expectError(db.begin({ retries: 3 } as object), 'DATA');
  expect(script.log).toEqual([]);
});

it('refuses defaults of an adapter that the table does not have', async () => {
  const loaders = {
    scripted: async () => ({ adapter: (_: object) => new ScriptedDriver().adapter, fromUrl: () => ({}) }),
  };
  const defaults = { scirpted: { ca: 'x' } } as object;
  expect(await errorOf(() => defineConnector(loaders, { defaults }))).toMatchObject({ code: 'CONFIG' });
  expect(await errorOf(() => defineConnector(null as never))).toMatchObject({ code: 'CONFIG' });
});
