import type { Connection } from '@sqlport/core';

/** Rows of `customer` and `reading`. */
export const TABLE_ROWS = 1_000;

const POSTGRES = `
  drop table if exists customer, reading, event, account;
  create table customer (id bigint primary key, name text not null, email text not null, created_at timestamptz not null);
  insert into customer
    select n, 'Customer ' || n, 'customer' || n || '@example.com', '2026-01-01T00:00:00Z'::timestamptz + n * interval '1 minute'
    from generate_series(1, ${TABLE_ROWS}) n;
  create table reading (
    id bigint primary key, sensor integer not null, amount numeric(12, 2) not null, label text not null, note text,
    active boolean not null, taken_at timestamptz not null, ratio double precision not null, details jsonb not null,
    raw bytea not null
  );
  insert into reading
    select n, n % 17, n * 1.25, 'Sensor ' || n, case when n % 3 = 0 then null else repeat('note ', 8) end,
      n % 2 = 0, '2026-01-01T00:00:00.123Z'::timestamptz + n * interval '1 second', n / 7.0::float8,
      jsonb_build_object('unit', 'kWh', 'n', n, 'tags', array['a', 'b']), decode(lpad(to_hex(n * 7919), 32, 'a5'), 'hex')
    from generate_series(1, ${TABLE_ROWS}) n;
  create table event (id bigserial primary key, kind text not null, amount numeric(12, 2) not null, at timestamptz not null);
  create table account (id integer primary key, balance numeric(12, 2) not null);
  insert into account values (1, 1000), (2, 1000);
`;

const MYSQL = `
  drop table if exists customer, reading, event, account;
  create table customer (
    id bigint primary key, name varchar(100) not null, email varchar(100) not null, created_at timestamp not null
  );
  insert into customer
    with recursive s as (select 1 n union all select n + 1 from s where n < ${TABLE_ROWS})
    select n, concat('Customer ', n), concat('customer', n, '@example.com'), '2026-01-01 00:00:00' + interval n minute from s;
  create table reading (
    id bigint primary key, sensor int not null, amount decimal(12, 2) not null, label varchar(100) not null, note text,
    active tinyint(1) not null, taken_at timestamp(3) not null, ratio double not null, details json not null,
    raw varbinary(16) not null
  );
  insert into reading
    with recursive s as (select 1 n union all select n + 1 from s where n < ${TABLE_ROWS})
    select n, n % 17, n * 1.25, concat('Sensor ', n), if(n % 3 = 0, null, repeat('note ', 8)), n % 2 = 0,
      '2026-01-01 00:00:00.123' + interval n second, n / 7e0,
      json_object('unit', 'kWh', 'n', n, 'tags', json_array('a', 'b')), unhex(lpad(hex(n * 7919), 32, 'a5')) from s;
  create table event (
    id bigint auto_increment primary key, kind varchar(100) not null, amount decimal(12, 2) not null, at timestamp not null
  );
  create table account (id int primary key, balance decimal(12, 2) not null);
  insert into account values (1, 1000), (2, 1000);
`;

/** Makes the tables that the cases use, anew. */
export async function makeTables(db: Connection): Promise<void> {
  await db.script(db.dialect === 'postgres' ? POSTGRES : MYSQL);
}

/** A text whose `select` gives so many rows (a power of ten) of four columns, made up by the server as it goes. */
export function manyRows(dialect: Connection['dialect'], rows: number): string {
  if (dialect === 'postgres') {
    return `select n, 'name ' || n as name, n * 1.5 as amount, timestamptz '2026-01-01' as at from generate_series(1, ${rows}) n`;
  }
  const digits = Array.from({ length: Math.round(Math.log10(rows)) }, (_, place) => `d d${place}`).join(', ');
  const n = Array.from({ length: Math.round(Math.log10(rows)) }, (_, place) => `d${place}.n * ${10 ** place}`).join(
    ' + ',
  );
  return `with d (n) as (values row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7), row(8), row(9))
    select ${n} as n, concat('name ', ${n}) as name, (${n}) * 1.5 as amount, timestamp '2026-01-01 00:00:00' as at from ${digits}`;
}
