import fc from 'fast-check';
import { some } from './fragment.ts';
import type { Column, Language } from './language.ts';
import * as values from './values.ts';

type Kind =
  | 'int'
  | 'num'
  | 'float'
  | 'bool'
  | 'text'
  | 'bytes'
  | 'json'
  | 'instant'
  | 'stamp'
  | 'day'
  | 'time'
  | 'uuid'
  | 'inet'
  | 'mood'
  | 'range'
  | 'ints'
  | 'texts'
  | 'floats'
  | 'bools'
  | 'longs'
  | 'nums'
  | 'instants'
  | 'days'
  | 'uuids'
  | 'jsons'
  | 'blobs'
  | 'moods'
  | 'timetz'
  | 'bits'
  | 'tsv';

const TYPES: Readonly<Record<Kind, string>> = {
  int: 'int8',
  num: 'numeric',
  float: 'float8',
  bool: 'bool',
  text: 'text',
  bytes: 'bytea',
  json: 'jsonb',
  instant: 'timestamptz',
  stamp: 'timestamp',
  day: 'date',
  time: 'time',
  uuid: 'uuid',
  inet: 'inet',
  mood: 'mood',
  range: 'int4range',
  ints: 'int4[]',
  texts: 'text[]',
  floats: 'float8[]',
  bools: 'bool[]',
  longs: 'int8[]',
  nums: 'numeric[]',
  instants: 'timestamptz[]',
  days: 'date[]',
  uuids: 'uuid[]',
  jsons: 'jsonb[]',
  blobs: 'bytea[]',
  moods: 'mood[]',
  timetz: 'timetz',
  bits: 'bit(5)',
  tsv: 'tsvector',
};

const list = (elements: Column<Kind>['values']) => fc.array(fc.option(elements), { maxLength: 4 });

const columns: readonly Column<Kind>[] = [
  { name: 'i2', type: 'int2', kind: 'int', values: values.int },
  { name: 'i4', type: 'int4', kind: 'int', values: values.int },
  { name: 'i8', type: 'int8', kind: 'int', values: fc.oneof(values.small, values.big) },
  { name: 'uq', type: 'int constraint t_uq unique', kind: 'int', values: values.small },
  { name: 'ck', type: 'int constraint t_ck check (ck > 0)', kind: 'int', values: values.small },
  { name: 'fk', type: 'int constraint t_fk references parent (id)', kind: 'int', values: values.small },
  { name: 'nn', type: 'int not null default 7', kind: 'int', values: values.small },
  { name: 'n', type: 'numeric(20, 4)', kind: 'num', values: values.decimal },
  { name: 'f4', type: 'float4', kind: 'float', values: values.double },
  {
    name: 'f8',
    type: 'float8',
    kind: 'float',
    values: fc.oneof(values.double, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY)),
  },
  { name: 'b', type: 'bool', kind: 'bool', values: fc.oneof(values.bool, fc.constantFrom('t', 'no')) },
  { name: 'tx', type: 'text', kind: 'text', values: fc.oneof(values.text, values.int, values.double) },
  { name: 'vc', type: 'varchar(6)', kind: 'text', values: values.text },
  { name: 'ch', type: 'char(5)', kind: 'text', values: values.text },
  { name: 'bb', type: 'bytea', kind: 'bytes', values: values.bytes },
  { name: 'j', type: 'json', kind: 'json', values: values.json },
  { name: 'jb', type: 'jsonb', kind: 'json', values: values.json },
  { name: 'tz', type: 'timestamptz', kind: 'instant', values: values.instant },
  { name: 'ts', type: 'timestamp', kind: 'stamp', values: values.stamp },
  { name: 'ts2', type: 'timestamp(2)', kind: 'stamp', values: values.stamp },
  { name: 'd', type: 'date', kind: 'day', values: fc.oneof(values.day, values.instant) },
  { name: 'ti', type: 'time', kind: 'time', values: values.time },
  { name: 'u', type: 'uuid', kind: 'uuid', values: fc.oneof(fc.uuid(), values.text) },
  { name: 'ip', type: 'inet', kind: 'inet', values: fc.oneof(fc.ipV4(), fc.ipV6()) },
  { name: 'm', type: 'mood', kind: 'mood', values: fc.constantFrom('happy', 'so so', 'angry', 'sad') },
  { name: 'r', type: 'int4range', kind: 'range', values: fc.constantFrom('[1,5)', 'empty', '[5,1]') },
  { name: 'ai', type: 'int4[]', kind: 'ints', values: list(values.int) },
  { name: 'at', type: 'text[]', kind: 'texts', values: list(values.text) },
  { name: 'af', type: 'float8[]', kind: 'floats', values: list(values.double) },
  { name: 'ab', type: 'bool[]', kind: 'bools', values: list(values.bool) },
  { name: 'al', type: 'int8[]', kind: 'longs', values: list(values.big) },
  { name: 'an', type: 'numeric[]', kind: 'nums', values: list(values.decimal) },
  { name: 'atz', type: 'timestamptz[]', kind: 'instants', values: list(values.instant) },
  { name: 'ad', type: 'date[]', kind: 'days', values: list(values.day) },
  { name: 'au', type: 'uuid[]', kind: 'uuids', values: list(fc.uuid()) },
  { name: 'aj', type: 'jsonb[]', kind: 'jsons', values: list(values.json) },
  { name: 'ay', type: 'bytea[]', kind: 'blobs', values: list(values.bytes) },
  { name: 'am', type: 'mood[]', kind: 'moods', values: list(fc.constantFrom('happy', 'so so', 'sad')) },
  { name: 'ttz', type: 'timetz', kind: 'timetz', values: fc.constantFrom('12:00+09', '23:59:59.5-03:30', '12:00') },
  { name: 'ti3', type: 'time(3)', kind: 'time', values: values.time },
  { name: 'tz3', type: 'timestamptz(3)', kind: 'instant', values: values.zoned },
  { name: 'nx', type: 'numeric', kind: 'num', values: values.decimal },
  { name: 'dm', type: 'positive', kind: 'int', values: values.small },
  { name: 'bt', type: 'bit(5)', kind: 'bits', values: fc.constantFrom('10101', '1', '00000') },
  { name: 'ci', type: 'cidr', kind: 'inet', values: fc.constantFrom('10.0.0.0/8', '::/0', '10.0.0.1/8') },
  { name: 'na', type: 'name', kind: 'text', values: values.text },
  { name: 'ge', type: 'int generated always as (i4 + 1) stored', kind: 'int', values: values.small },
  { name: 'tsv', type: 'tsvector', kind: 'tsv', values: fc.constantFrom('a b', "it''s:1A") },
];

export const postgres: Language<Kind> = {
  columns,
  schema: [
    'create domain positive as int check (value > 0)',
    "create type mood as enum ('happy', 'so so', 'angry')",
    'create table parent (id int primary key)',
    'insert into parent values (1), (2), (3)',
  ],
  cast: (kind, value) => some`${value}::${TYPES[kind]}`,
  composed: (of) => {
    const { int, num, float, bool, text, bytes, json, instant, stamp, day, time, ints, texts, floats } = of;
    const chosen = <K extends Kind>(kind: K) => some`(case when ${bool} then ${of[kind]} else ${of[kind]} end)`;
    const filled = <K extends Kind>(kind: K) => some`coalesce(${of[kind]}, ${of[kind]})`;
    const usual = <K extends Kind>(kind: K) => [chosen(kind), filled(kind), some`nullif(${of[kind]}, ${of[kind]})`];
    const compared = fc
      .constantFrom(...(['int', 'num', 'float', 'text', 'bytes', 'instant', 'day', 'uuid', 'mood', 'ints'] as const))
      .chain((kind) => some`(${of[kind]} ${fc.constantFrom(['='], ['<>'], ['<'], ['>='])} ${of[kind]})`);
    return {
      ...of,
      int: fc.oneof(
        ...usual('int'),
        some`(${int} ${fc.constantFrom(['+'], ['-'], ['*'], ['/'], ['%'])} ${int})`,
        some`-${int}`,
        some`length(${text})`,
        some`cardinality(${texts})`,
        some`(${ints})[${int}]`,
        some`extract(year from ${day})::int`,
        some`${text}::int`,
        some`cast(${text} as int)`,
        some`position(${text} in ${text})`,
        some`array_position(${texts}, ${text})`,
        some`greatest(${int}, ${int}, ${int})`,
        some`(select ${int} limit 1)`,
        some`(${json}::jsonb -> 'a')::int`,
        some`(case ${text} when ${text} then ${int} else ${int} end)`,
        some`date_part('dow', ${stamp})::int`,
        some`(${day} - ${day})`,
        some`lower(${of.range})`,
        some`(array[1,2,3])[${int}:${int}][1]`,
        fc.constantFrom(['1_0'], ['0x1F'], ['1e2::int'], ["'7'"], ["int '7'"]),
      ),
      num: fc.oneof(
        ...usual('num'),
        some`(${num} / ${num})`,
        some`trunc(${num}, ${int})`,
        some`extract(epoch from ${instant})`,
        some`to_number(${text}, '999D9')`,
        fc.constantFrom(['1.50'], ['1e-3'], ["'NaN'::numeric"]),
        some`(${num} * ${int})`,
        some`round(${num}, 2)`,
        some`(${int} / 3.0)`,
      ),
      float: fc.oneof(...usual('float'), some`(${float} + ${float})`, some`sqrt(${float})`, some`(${floats})[1]`),
      bool: fc.oneof(
        compared,
        some`(${bool} and not ${bool})`,
        some`(${bool} or ${bool})`,
        some`(${text} like ${text})`,
        some`(${text} ~ ${text})`,
        some`(${text} in (${text}, ${text}))`,
        // BETWEEN stands for two comparisons: a bare literal is read in each of them, a parameter once.
        some`(${int}::int8 between ${int} and ${int})`,
        some`(${int} = any(${ints}))`,
        some`(${int} in (${int}, ${int}, ${int}))`,
        some`(${text} = any(${texts}))`,
        some`(${text} <> all(${texts}))`,
        some`(${text} not in (select tx from t))`,
        some`(${text} like ${text} escape '|')`,
        some`(${text} ilike ${text} escape '\\')`,
        some`(${text} similar to ${text})`,
        some`(${text} is distinct from ${text})`,
        some`((${int}, ${text}) = (${int}, ${text}))`,
        some`exists (select from t where ${bool})`,
        some`(${ints} && ${ints})`,
        some`(${json}::jsonb ?| ${texts})`,
        some`(${json}::jsonb @? '$.a')`,
        some`(${of.tsv} @@ to_tsquery('simple', 'a'))`,
        some`(${instant} between ${instant} and ${instant})`,
        some`(${bool} is not true)`,
        some`(${of.moods} @> ${of.moods})`,
        some`(${json}::jsonb ? ${text})`,
        some`(${json}::jsonb @> ${json}::jsonb)`,
        some`(${text} is null)`,
        some`(${of.range} @> ${int}::int)`,
      ),
      text: fc.oneof(
        ...usual('text'),
        some`(${text} || ${text})`,
        some`upper(${text})`,
        some`substr(${text}, 2)`,
        some`replace(${text}, ${text}, ${text})`,
        some`concat(${text}, ${int}, ${bool})`,
        some`(${json}::jsonb ->> ${text})`,
        some`encode(${bytes}, 'hex')`,
        some`${int}::text`,
        some`${float}::text`,
        some`${of.inet}::text`,
        some`(${texts})[1:2]::text`,
        some`(${texts})[${int}:]::text`,
        some`format('%s %I %L', ${text}, ${text}, ${text})`,
        some`array_to_string(${texts}, ${text}, ${text})`,
        some`regexp_replace(${text}, ${text}, ${text}, 'g')`,
        some`substring(${text} from 2 for 3)`,
        some`overlay(${text} placing ${text} from 1)`,
        some`trim(both ${text} from ${text})`,
        some`lpad(${text}, 5, ${text})`,
        some`split_part(${text}, ${text}, 1)`,
        some`to_char(${instant}, 'YYYY-MM-DD HH24:MI:SS.US TZ')`,
        some`(${instant} - ${instant})::text`,
        some`${instant}::text`,
        some`${stamp}::text`,
        some`${bytes}::text`,
        some`${num}::text`,
        some`${json}::text`,
        some`${bool}::text`,
        some`quote_literal(${text})`,
        some`(${json}::jsonb #>> '{a,0}')`,
        some`(${json}::jsonb #>> ${texts})`,
        some`row(${int}, ${text}, ${float})::text`,
        some`${text} collate "C"`,
        some`chr(abs(${int} % 300) + 1)`,
        some`md5(${bytes})`,
        fc.constantFrom(
          ["E'it\\'s :x'"],
          ["'a\\b'"],
          ['$$ :x ? $1 $$'],
          ["U&'\\0041'"],
          ["'a'\n'b'"],
          ['$a$ $$ $a$'],
          ["E'\\x41\\u0042\\n'"],
          ["N'n'"],
          ["B'101'::text"],
        ),
      ),
      bytes: fc.oneof(...usual('bytes'), some`(${bytes} || ${bytes})`, some`substring(${bytes}, 2)`),
      json: fc.oneof(
        filled('json'),
        some`to_jsonb(${text})`,
        some`(${json}::jsonb || ${json}::jsonb)`,
        some`(${json}::jsonb -> ${text})`,
        some`jsonb_build_object(${text}, ${int})`,
        some`to_jsonb(${texts})`,
      ),
      instant: fc.oneof(
        ...usual('instant'),
        some`(${instant} + interval '1 day')`,
        some`date_trunc('day', ${instant})`,
        some`(${stamp} at time zone ${fc.constantFrom(["'UTC'"], ["'-03:30'"], ["'Asia/Tokyo'"])})`,
        some`to_timestamp(${int})`,
        some`${stamp}::timestamptz`,
      ),
      stamp: fc.oneof(
        ...usual('stamp'),
        some`(${instant} at time zone 'Asia/Tokyo')`,
        some`(${day} + time '12:00')`,
        some`(${day} + ${time})`,
        some`${stamp}::timestamp(1)`,
        some`date_bin('1 hour', ${stamp}, ${stamp})`,
      ),
      day: fc.oneof(...usual('day'), some`(${day} + 1)`, some`${stamp}::date`, fc.constant(["date '0044-03-15 BC'"])),
      ints: fc.oneof(
        ...usual('ints'),
        some`(${ints} || ${int}::int)`,
        some`array[${int}, ${int}]::int4[]`,
        fc.constantFrom(["'[0:1]={1,2}'::int4[]"], ["'{}'::int4[]"]),
      ),
      texts: fc.oneof(
        ...usual('texts'),
        some`array_append(${texts}, ${text})`,
        some`array[${text}, ${text}]`,
        some`string_to_array(${text}, ${text})`,
        some`array(select ${text} from t order by id)`,
        some`(${texts})[1:${int}]`,
      ),
      bools: fc.oneof(...usual('bools'), some`array[${bool}, ${bool}]`),
      longs: fc.oneof(...usual('longs'), some`array[${int}]::int8[]`),
      nums: fc.oneof(...usual('nums'), some`array[${num}, ${num}]::numeric[]`),
      instants: fc.oneof(...usual('instants'), some`array[${instant}]::timestamptz[]`),
      days: fc.oneof(...usual('days'), some`array[${day}]::date[]`),
      blobs: fc.oneof(...usual('blobs'), some`array[${bytes}]::bytea[]`),
      jsons: fc.oneof(...usual('jsons'), some`array[${json}]::jsonb[]`),
      moods: fc.oneof(...usual('moods'), some`array[${of.mood}]::mood[]`),
      uuids: fc.oneof(...usual('uuids'), some`array_append(${of.uuids}, ${of.uuid})`),
      floats: fc.oneof(...usual('floats'), some`array[${float}]::float8[]`),
      range: fc.oneof(some`(${of.range} * ${of.range})`, some`int4range(${int}::int, ${int}::int)`),
      timetz: fc.oneof(...usual('timetz'), some`${instant}::timetz`),
      bits: fc.oneof(...usual('bits'), some`(${of.bits} & ${of.bits})`),
      inet: fc.oneof(...usual('inet'), some`host(${of.inet})::inet`),
      time: fc.oneof(...usual('time'), some`${stamp}::time`, some`${time}::time(2)`, fc.constant(["time '24:00'"])),
    };
  },
  quote: '"',
  blanks: [
    '\n',
    '\t',
    '\r\n',
    '\f',
    '  ',
    '/**/',
    " /* ? :x $1 ' */ ",
    "/* a /* $1 */ ' */",
    ' -- :x "\' $1\n',
    '--\n',
    ' /* $$ */ ',
  ],
  tails: [
    '',
    ' on conflict do nothing',
    ' on conflict (id) do update set nn = excluded.nn',
    ' returning id',
    ';',
    ' -- $1 :x',
  ],
  more: ({ of, alike, any, condition, insert, update, remove }) => [
    alike(2).chain(
      ([a, b]) =>
        some`select 1 as o, id, ${fc.constant(a!)} as c from t union all select 2, id, ${fc.constant(b!)} from t order by 1, 2`,
    ),
    alike(2).chain(
      ([a, b]) =>
        some`select ${fc.constant(a!)}::text as c from t ${fc.constantFrom(['union'], ['intersect'], ['except'])} select ${fc.constant(b!)}::text from t order by 1`,
    ),
    alike(3).chain(
      ([a, b, c]) =>
        some`select lag(${fc.constant(a!)}, 1, ${fc.constant(b!)}) over (order by id) as a, first_value(${fc.constant(c!)}) over (partition by nn order by id) as b, row_number() over (order by id desc) as c, sum(${of.num}) over (order by id) as d, avg(${of.int}) over (partition by nn) as e, string_agg(${of.text}, ${of.text}) over w as f, array_agg(${of.int}) over w as g from t window w as (order by id) order by id`,
    ),
    alike(2).chain(([a, b]) => some`values (1, ${fc.constant(a!)}), (2, ${fc.constant(b!)}) order by 1`),
    alike(2).chain(
      ([a, b]) => some`select * from (values (${fc.constant(a!)}), (${fc.constant(b!)})) as v (x) where x is not null`,
    ),
    some`select ${any} as c from t order by id limit ${of.int} offset ${fc.constantFrom(['0'], ['1'])}`,
    some`select ${any} as c from t order by id offset abs(${of.int}::int % 3) rows fetch first 2 rows only`,
    some`select ${of.text} as c, count(*) as n from t group by ${of.text} order by 1, 2`,
    some`select ${of.int} as c, count(*) filter (where ${condition}) as n from t group by 1 having count(*) > ${of.int} order by 1, 2`,
    some`select string_agg(${of.text}, ${of.text} order by id) as s, array_agg(${of.text} order by id) as a, jsonb_agg(${any} order by id) as j, sum(${of.int}) as i, avg(${of.num}) as n, bool_or(${of.bool}) as b, max(${of.float}) as f from t`,
    some`with recursive r (n) as (select 1 union all select n + 1 from r where n < ${of.int} and n < 9) select n, ${any} as c from r, t order by n, id`,
    some`with a as materialized (select id, ${any} as c from t), b as (select * from a where c is not null) select c from b order by id`,
    some`select distinct on (nn) nn, ${any} as c from t order by nn, id`,
    some`select t.id, u.x, u.n from t, unnest(${of.texts}) with ordinality as u (x, n) order by 1, 3`,
    some`select n from generate_series(1, ${of.int} % 5) as n`,
    some`select a.id, b.id as other from t a left join t b on a.id = b.id + ${fc.constantFrom(['1'], ['2'])} and ${fc.constantFrom(['true'], ['b.nn > 0'])} order by 1, 2`,
    some`select id from t where id in (${of.int}, ${of.int}, ${of.int}) order by id`,
    some`select id from t where id = any(${of.ints}) order by id`,
    some`select id from t where (id, tx) in ((${of.int}, ${of.text}), (2, ${of.text})) order by id`,
    some`select id, ${any} as c from t order by ${any}, id`,
    some`with added as (insert into t (id, tx, i4) select id + 12, ${of.text}, ${of.int} from t where ${condition} returning id, tx) select * from added order by id`,
    some`insert into t (id, i4, tx) values (${of.int}, ${of.int}, ${of.text}), (11, default, ${of.text}) on conflict (id) do update set i4 = t.i4 + excluded.i4 where t.i4 > ${of.int} returning id, i4`,
    some`with changed as (update t set (i4, tx) = (${of.int}, ${of.text}) where ${condition} returning *) select * from changed order by id`,
    some`with changed as (update t set tx = p.id::text || ${of.text} from parent p where p.id = t.id returning t.id, p.id as p, tx) select * from changed order by id`,
    some`with gone as (delete from t using parent p where p.id = t.id and ${condition} returning t.*) select * from gone order by id`,
    some`merge into t using (values (${of.int}::int, ${of.text}::text)) as s (i, x) on t.id = s.i when matched then update set tx = s.x when not matched then insert (id, tx) values (s.i, s.x)`,
    some`select ${any} as c from t where ${condition} order by id for update`,
    some`select jsonb_path_query(${of.json}::jsonb, '$.*') as c from t order by id`,
    some`select x, ${any} as c from t cross join lateral (select ${any} as x) as l order by id`,
    some`select row(${any}, ${any}) as c, t as whole from t order by id`,
    some`select ${any} as c, ${any} as c from t order by id;`,
    some`table t order by id`,
    some`select from t where ${condition}`,
    some`select ${any}, ${any} from t order by id`,
    some`select coalesce(${any}) is null as n, ${any} isnull as m from t order by id`,
    some`select count(distinct ${any}) as n from t`,
    some`select null as n, ${any} as c, 'x' as x, 1.0 as d`,
    some`insert into t (id) values (${of.int}) on conflict (id) where ${condition} do nothing`,
    some`insert into t default values`,
    some`${insert} returning *`,
    some`${insert} returning id, ${any} as c`,
    some`${insert} on conflict do nothing`,
    some`${insert} on conflict (id) do update set tx = excluded.tx, uq = excluded.uq returning tx`,
    some`with changed as (${update} returning id, ${any} as c) select c from changed order by id`,
    some`with gone as (${remove} returning id, tx, i8) select tx, i8 from gone order by id`,
    some`with added as (${insert} returning *) select count(*) as n, max(tx) as m from added`,
    some`with gone as (${remove} returning id) select id from gone order by id`,
    some`select ${any} as c where ${condition}`,
    some`select ${any} as c, count(*) over () as n from t order by id`,
  ],
};
