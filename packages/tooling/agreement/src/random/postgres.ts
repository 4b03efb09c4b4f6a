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
  | 'floats';

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
];

export const postgres: Language<Kind> = {
  columns,
  schema: [
    "create type mood as enum ('happy', 'so so', 'angry')",
    'create table parent (id int primary key)',
    'insert into parent values (1), (2), (3)',
  ],
  cast: (kind, value) => some`${value}::${TYPES[kind]}`,
  composed: (of) => {
    const { int, num, float, bool, text, bytes, json, instant, stamp, day, ints, texts, floats } = of;
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
      ),
      num: fc.oneof(...usual('num'), some`(${num} * ${int})`, some`round(${num}, 2)`, some`(${int} / 3.0)`),
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
        fc.constantFrom(["E'it\\'s :x'"], ["'a\\b'"], ['$$ :x ? $1 $$'], ["U&'\\0041'"]),
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
      ),
      stamp: fc.oneof(...usual('stamp'), some`(${instant} at time zone 'Asia/Tokyo')`, some`(${day} + time '12:00')`),
      day: fc.oneof(...usual('day'), some`(${day} + 1)`, some`${stamp}::date`),
      ints: fc.oneof(...usual('ints'), some`(${ints} || ${int}::int)`, some`array[${int}, ${int}]::int4[]`),
      texts: fc.oneof(...usual('texts'), some`array_append(${texts}, ${text})`, some`array[${text}, ${text}]`),
    };
  },
  more: ({ any, condition, insert, update, remove }) => [
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
