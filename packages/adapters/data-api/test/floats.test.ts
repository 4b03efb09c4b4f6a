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
