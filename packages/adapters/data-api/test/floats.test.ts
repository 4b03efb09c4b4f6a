import { connect, sql } from '@sqlport/core';
import { iamMysql2 } from '@sqlport/iam-mysql2';
import { iamPg } from '@sqlport/iam-pg';
import { expect, it } from 'vitest';
import { ENGINES, Fixture } from './fixture.ts';

/** What lies halfway between two numbers of six digits, zeros, the smallest and the largest, and the usual. */
const FLOATS = [
  ...[1234565, 1234575, -1234565, 0.5, 12345.65, 16777215, 8388607.5, 1000005, 1000015],
  ...[0, -0, 1.1754944e-38, 1e-45, 3.4028234e38, 0.1, 1 / 3, 123456.7, 1e6, 1e15, 2 ** 24],
];

it.each(ENGINES)('single-precision numbers of %s are those of TCP', async (engine) => {
  const fixture = await Fixture.start(engine);
  const api = fixture.connect();
  const tcp =
    engine === 'mysql'
      ? connect(iamMysql2(fixture.database.configs['iam-mysql2']))
      : connect(iamPg(fixture.database.configs['iam-pg']));
  await api.query(`create table t (id int, v ${engine === 'mysql' ? 'float' : 'float4'})`);
  const text = `insert into t values (${engine === 'mysql' ? '?, ?' : '$1, $2'})`;
  await api.executeMany(
    text,
    FLOATS.map((value, id) => [id, value]),
  );
  const values = async (db: typeof api) => (await db.values(sql`select v from t order by id`)).rows;
  expect(await values(api)).toEqual(await values(tcp));
  await tcp.close();
  await fixture.stop();
});

it('single-precision numbers of MySQL have the digits that their columns are declared with', async () => {
  const fixture = await Fixture.start('mysql');
  const api = fixture.connect();
  const tcp = connect(iamMysql2(fixture.database.configs['iam-mysql2']));
  await api.query(
    'create table t (id int, a float(10,2), b float(10,0), c float(30,10), d float(8,1) unsigned, e float)',
  );
  const values = [...FLOATS, 1234567.88, 1234567.62, 131072.03, 99999.95, 0.125].filter((v) => Math.abs(v) < 1e7);
  await api.executeMany(
    'insert into t values (?, ?, ?, ?, ?, ?)',
    values.map((v, id) => [id, v, v, v, Math.abs(v), v]),
  );
  const rows = async (db: typeof api) =>
    (await db.values(sql`select a, b, c, d, e, max(a) over () from t order by id`)).rows;
  expect(await rows(api)).toEqual(await rows(tcp));
  expect((await rows(api)).flat()).toContain(1234567.88);
  await tcp.close();
  await fixture.stop();
});
