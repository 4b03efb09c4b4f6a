import { type Connection, connect, type SqlValue, sql } from '@sqlport/core';
import { isConnectorError } from '@sqlport/core/spi';
import { iamMysql2 } from '@sqlport/iam-mysql2';
import { iamPg } from '@sqlport/iam-pg';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES, type Engine, Fixture } from './fixture.ts';

/** A type of a column, and values that its owner may try to put there. */
interface Type {
  readonly name: string;
  readonly values: fc.Arbitrary<SqlValue>;
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) => !value.includes('\0')),
  fc.constantFrom('', "it's", 'a\\b', ':x', '$$', '{a,b}', '007', 'null', 'é', ' x ', '🙂'),
);
const int32 = fc.integer();
const safeInteger = fc.maxSafeInteger();
const big = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const double = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 });
const decimal = fc.constantFrom('0', '1.50', '-12345678.12', '0.01', '99999999.99', '1e3');
const bytes = fc.uint8Array({ maxLength: 12 });
const date = fc.date({ min: new Date('1971-01-01'), max: new Date('2037-12-31'), noInvalidDate: true });
const json = fc.json({ maxDepth: 2 }).map((value) => sql.json(JSON.parse(value)));
const days = fc.constantFrom('2024-02-29', '1999-12-31', '0001-01-01', '2024-13-01');
const times = fc.constantFrom('00:00:00', '23:59:59.123456', '12:00');
const stamps = fc.constantFrom('2024-02-29 12:00:00', '1999-12-31 23:59:59.5', '2024-01-01 00:00:00.123');

const TYPES: Readonly<Record<Engine, readonly Type[]>> = {
  postgres: [
    { name: 'int2', values: int32 },
    { name: 'int4', values: int32 },
    { name: 'int8', values: fc.oneof(safeInteger, big) },
    { name: 'numeric(20, 4)', values: fc.oneof(decimal, double, big) },
    { name: 'float4', values: double },
    { name: 'float8', values: fc.oneof(double, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)) },
    { name: 'bool', values: fc.oneof(fc.boolean(), fc.constantFrom('t', 'no')) },
    { name: 'text', values: fc.oneof(text, int32, double) },
    { name: 'varchar(6)', values: text },
    { name: 'char(5)', values: text },
    { name: 'bytea', values: bytes },
    { name: 'uuid', values: fc.oneof(fc.uuid(), text) },
    { name: 'inet', values: fc.oneof(fc.ipV4(), fc.ipV6()) },
    { name: 'json', values: json },
    { name: 'jsonb', values: json },
    { name: 'date', values: fc.oneof(days, date) },
    { name: 'time', values: times },
    { name: 'timestamp', values: stamps },
    { name: 'timestamp(2)', values: stamps },
    { name: 'timestamptz', values: date },
    { name: 'mood', values: fc.constantFrom('happy', 'so so', 'angry') },
    { name: 'int4[]', values: fc.array(fc.option(int32)) },
    { name: 'text[]', values: fc.array(fc.option(text)) },
    { name: 'float8[]', values: fc.array(fc.option(double)) },
    { name: 'bool[]', values: fc.array(fc.option(fc.boolean())) },
    { name: 'int4range', values: fc.constantFrom('[1,5)', 'empty', '[5,1]') },
  ],
  mysql: [
    { name: 'tinyint', values: int32 },
    { name: 'smallint unsigned', values: int32 },
    { name: 'int', values: fc.oneof(int32, fc.boolean()) },
    { name: 'bigint', values: fc.oneof(safeInteger, big) },
    { name: 'bigint unsigned', values: fc.oneof(safeInteger, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })) },
    { name: 'decimal(20, 4)', values: fc.oneof(decimal, safeInteger) },
    { name: 'float', values: fc.float({ noNaN: true, noDefaultInfinity: true }) },
    { name: 'double', values: double },
    { name: 'varchar(6)', values: fc.oneof(text, int32) },
    { name: 'char(6)', values: text },
    { name: 'text', values: fc.oneof(text, int32, double) },
    { name: 'varbinary(12)', values: bytes },
    { name: 'binary(4)', values: bytes },
    { name: 'blob', values: bytes },
    { name: 'bit(1)', values: fc.boolean() },
    { name: 'bit(12)', values: fc.nat(5_000) },
    { name: 'json', values: json },
    { name: 'date', values: fc.oneof(days, date) },
    { name: 'time(3)', values: times },
    { name: 'datetime', values: fc.oneof(stamps, date) },
    { name: 'datetime(6)', values: fc.oneof(stamps, date) },
    { name: 'timestamp(3)', values: date },
    { name: 'year', values: fc.integer({ min: 1890, max: 2200 }) },
    { name: "enum('a', 'it''s')", values: fc.constantFrom('a', "it's", 'b') },
    { name: "set('a', 'b')", values: fc.constantFrom('a', 'a,b', '', 'c') },
  ],
};

/** Not from a sequence: whether a failed statement uses a number up depends on its plan. */
const next = (table: string): string => `(select coalesce(max(id), 0) + 1 from ${table})`;

/** What both adapters are asked for, of a table and two placeholders. */
const STATEMENTS: Readonly<Record<Engine, readonly ((table: string, p: readonly string[]) => string)[]>> = {
  postgres: [
    (t, [a]) => `insert into ${t} (id, v) values (${next(t)}, ${a})`,
    (t, [a]) => `insert into ${t} (id, v) values (1, ${a}) on conflict (id) do update set v = excluded.v`,
    (t, [a]) => `insert into ${t} (id, v) values (${next(t)}, ${a}) returning id, v, v as v`,
    (t, [a]) =>
      `with added as (insert into ${t} (id, v) values (${next(t)}, ${a}) returning v) select count(*), max(v::text) as m from added`,
    (t, [a]) => `update ${t} set v = ${a} where id < 3`,
    (t, [a, b]) =>
      `with changed as (update ${t} set v = ${a} where v::text <> ${b} returning *) select * from changed order by id`,
    (t, [a]) => `select id, v, v is null as n, ${a} as p from ${t} order by id`,
    (t, [a, b]) => `select v from ${t} where v::text in (${a}, ${b}) order by id`,
    (t, [a]) => `select coalesce(v::text, ${a}) as c, count(v) over () as g from ${t} order by id limit 3`,
    (t, [a]) => `delete from ${t} where v::text = ${a} or id > 6`,
    (t, [a]) => `with gone as (delete from ${t} where id > 4 returning id) delete from ${t} where v::text = ${a}`,
    (t, [a]) =>
      `select case when v::text > ${a} then v end as x, 'a\\b' || $$ :x $$ as y, (array[1, 2, 3])[1:2] as z from ${t} order by id`,
  ],
  mysql: [
    (t, [a]) => `insert into ${t} (v) values (${a})`,
    (t, [a]) => `insert into ${t} (id, v) values (1, ${a}) on duplicate key update v = values(v)`,
    (t, [a]) => `replace into ${t} (id, v) values (2, ${a})`,
    (t, [a, b]) => `insert into ${t} (v) values (${a}), (${b})`,
    (t, [a]) => `update ${t} set v = ${a} where id < 3`,
    (t, [a, b]) => `update ${t} set v = ${a} where hex(v) <> hex(${b})`,
    (t, [a]) => `select id, v, v is null as n, ${a} as p, v as v from ${t} order by id`,
    (t, [a, b]) => `select v from ${t} where hex(v) in (hex(${a}), hex(${b})) order by id`,
    (t, [a]) =>
      `select coalesce(v, ${a}) is null as c, count(*) over () as g, max(id) over () as m from ${t} order by id limit 3`,
    (t, [a]) => `delete from ${t} where hex(v) = hex(${a}) or id > 6`,
    (t, [a]) =>
      `with some as (select id from ${t} where id > 4) delete from ${t} where id in (select id from some) or hex(v) = hex(${a})`,
    (t, [a]) => `select concat('it\\'s :x', hex(${a})) as y, 5--1 as z from ${t} # :x`,
  ],
};

/** Everything an adapter says of a statement. */
async function said(db: Connection, statement: string, params: readonly SqlValue[]): Promise<unknown> {
  try {
    const values = await db.values(sql.text(statement, params));
    const { columns, rows, rowsAffected, insertId } = values;
    // Types that are the database's own have no names over TCP.
    const typeOf = (type: string) => (/^oid:|^_?mood$/.test(type) ? 'own' : type);
    return { columns: columns.map(({ name, type }) => [name, typeOf(type)]), rows, rowsAffected, insertId };
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    const { code, sqlState, errno, outcome, constraint } = error;
    return {
      code,
      sqlState,
      errno,
      outcome,
      kind: constraint?.kind,
      name: constraint?.name?.replace(/^(?:api|tcp)_/, ''),
    };
  }
}

describe.each(ENGINES)('%s over the Data API and over TCP', (engine) => {
  let fixture: Fixture;
  let api: Connection;
  let tcp: Connection;
  beforeAll(async () => {
    fixture = await Fixture.start(engine);
    const options = { retry: false, int64: 'bigint' } as const;
    api = fixture.connect({}, options);
    tcp =
      engine === 'mysql'
        ? connect(iamMysql2(fixture.database.configs['iam-mysql2']), options)
        : connect(iamPg(fixture.database.configs['iam-pg']), options);
    if (engine === 'postgres') await api.query("create type mood as enum ('happy', 'so so', 'angry')");
    for (const [index, { name }] of TYPES[engine].entries()) {
      const id = `id int ${engine === 'mysql' ? 'auto_increment' : ''} primary key`;
      for (const table of [`api_${index}`, `tcp_${index}`]) await api.query(`create table ${table} (${id}, v ${name})`);
    }
  });
  afterAll(async () => {
    await tcp.close();
    await fixture.stop();
  });

  it.each(TYPES[engine].map(({ name }, index) => [name, index] as const))('%s', async (_, index) => {
    const { values } = TYPES[engine][index]!;
    const value = fc.option(values);
    const step = fc.tuple(fc.nat(STATEMENTS[engine].length - 1), value, value);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        for (const [which, a, b] of steps) {
          const render = (table: string) =>
            STATEMENTS[engine][which]!(table, engine === 'mysql' ? ['?', '?'] : ['$1', '$2']);
          const params = [a, b].slice(0, countOf(render('t')));
          const [over, plain] = await Promise.all([
            said(api, render(`api_${index}`), params),
            said(tcp, render(`tcp_${index}`), params),
          ]);
          expect(over, `${render('t')} ${fc.stringify(params)}`).toEqual(plain);
        }
      }),
      { numRuns: 12 },
    );
    const [left, right] = [`api_${index}`, `tcp_${index}`].map((table) =>
      fixture.ask(`select * from ${table} order by id`),
    );
    expect(await left).toEqual(await right);
  });

  const countOf = (statement: string): number =>
    engine === 'mysql' ? statement.split('?').length - 1 : statement.includes('$2') ? 2 : 1;
});
