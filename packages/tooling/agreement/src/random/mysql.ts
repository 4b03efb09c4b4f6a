import fc from 'fast-check';
import { param, some } from './fragment.ts';
import type { Column, Language } from './language.ts';
import * as values from './values.ts';

type Kind = 'int' | 'num' | 'float' | 'bool' | 'text' | 'bytes' | 'json' | 'instant' | 'stamp' | 'day' | 'time' | 'bit';

/** What CAST knows; others are as they are. */
const CASTS: Readonly<Partial<Record<Kind, string>>> = {
  int: 'signed',
  num: 'decimal(20, 4)',
  float: 'double',
  text: 'char',
  bytes: 'binary',
  json: 'json',
  stamp: 'datetime(3)',
  day: 'date',
  time: 'time(3)',
};

const columns: readonly Column<Kind>[] = [
  { name: 'i1', type: 'tinyint', kind: 'int', values: values.int },
  { name: 'i2', type: 'smallint unsigned', kind: 'int', values: values.int },
  { name: 'i4', type: 'int', kind: 'int', values: fc.oneof(values.int, values.bool) },
  { name: 'i8', type: 'bigint', kind: 'int', values: fc.oneof(values.small, values.big) },
  { name: 'u8', type: 'bigint unsigned', kind: 'int', values: fc.oneof(values.small, values.big) },
  { name: 'uq', type: 'int, constraint t_uq unique (uq)', kind: 'int', values: values.small },
  { name: 'ck', type: 'int, constraint t_ck check (ck > 0)', kind: 'int', values: values.small },
  {
    name: 'fk',
    type: 'int, constraint t_fk foreign key (fk) references parent (id)',
    kind: 'int',
    values: values.small,
  },
  { name: 'nn', type: 'int not null default 7', kind: 'int', values: values.small },
  { name: 'y', type: 'year', kind: 'int', values: fc.integer({ min: 1890, max: 2200 }) },
  { name: 'n', type: 'decimal(20, 4)', kind: 'num', values: values.decimal },
  { name: 'f4', type: 'float', kind: 'float', values: values.double },
  { name: 'f8', type: 'double', kind: 'float', values: values.double },
  { name: 'tx', type: 'text', kind: 'text', values: fc.oneof(values.text, values.int, values.double) },
  { name: 'vc', type: 'varchar(6)', kind: 'text', values: values.text },
  { name: 'ch', type: 'char(6)', kind: 'text', values: values.text },
  { name: 'en', type: "enum('a', 'it''s')", kind: 'text', values: fc.constantFrom('a', "it's", 'b') },
  { name: 'se', type: "set('a', 'b')", kind: 'text', values: fc.constantFrom('a', 'a,b', '', 'c') },
  { name: 'bv', type: 'varbinary(12)', kind: 'bytes', values: values.bytes },
  { name: 'bf', type: 'binary(4)', kind: 'bytes', values: values.bytes },
  { name: 'bl', type: 'blob', kind: 'bytes', values: values.bytes },
  { name: 'b1', type: 'bit(1)', kind: 'bit', values: values.bool },
  { name: 'b12', type: 'bit(12)', kind: 'bit', values: fc.nat(5_000) },
  { name: 'j', type: 'json', kind: 'json', values: values.json },
  { name: 'd', type: 'date', kind: 'day', values: fc.oneof(values.day, values.instant) },
  { name: 'ti', type: 'time(3)', kind: 'time', values: values.time },
  { name: 'dt', type: 'datetime', kind: 'stamp', values: fc.oneof(values.stamp, values.instant) },
  { name: 'dt6', type: 'datetime(6)', kind: 'stamp', values: fc.oneof(values.stamp, values.instant) },
  { name: 'ts', type: 'timestamp(3) null', kind: 'instant', values: values.instant },
  { name: 'bo', type: 'int', kind: 'bool', values: values.bool },
];

/** Whose ids the server gives. */
const COUNTED = 'create table counted (id int auto_increment primary key, v varchar(20))';

export const mysql: Language<Kind> = {
  columns,
  schema: ['create table parent (id int primary key)', 'insert into parent values (1), (2), (3)', COUNTED],
  cast: (kind, value) => {
    const type = CASTS[kind];
    return type === undefined ? value : some`cast(${value} as ${type})`;
  },
  composed: (of) => {
    const { int, num, float, bool, text, bytes, json, stamp, day } = of;
    const usual = (kind: Kind) => [
      some`(case when ${bool} then ${of[kind]} else ${of[kind]} end)`,
      some`coalesce(${of[kind]}, ${of[kind]})`,
      some`nullif(${of[kind]}, ${of[kind]})`,
      some`if(${bool}, ${of[kind]}, null)`,
    ];
    const compared = fc
      .constantFrom(...(['int', 'num', 'float', 'text', 'bytes', 'stamp', 'day', 'time'] as const))
      .chain((kind) => some`(${of[kind]} ${fc.constantFrom(['='], ['<=>'], ['<>'], ['<'], ['>='])} ${of[kind]})`);
    return {
      ...of,
      int: fc.oneof(
        ...usual('int'),
        some`(${int} ${fc.constantFrom(['+'], ['-'], ['*'], [' div '], ['%'], ['&'], ['--'])} ${int})`,
        some`-${int}`,
        some`char_length(${text})`,
        some`length(${bytes})`,
        some`year(${day})`,
        some`json_length(${json})`,
      ),
      num: fc.oneof(...usual('num'), some`(${num} * ${int})`, some`round(${num}, 2)`, some`(${int} / 3)`),
      float: fc.oneof(...usual('float'), some`(${float} + ${float})`, some`sqrt(${float})`),
      bool: fc.oneof(
        compared,
        some`(${bool} and not ${bool})`,
        some`(${bool} or ${bool})`,
        some`(${text} like ${text})`,
        some`(${text} in (${text}, ${text}))`,
        some`(${int} between ${int} and ${int})`,
        some`(${text} is null)`,
        some`json_contains(${json}, ${json})`,
      ),
      text: fc.oneof(
        ...usual('text'),
        some`concat(${text}, ${text})`,
        some`upper(${text})`,
        some`substr(${text}, 2)`,
        some`replace(${text}, ${text}, ${text})`,
        some`hex(${text})`,
        some`hex(${bytes})`,
        some`json_unquote(json_extract(${json}, '$[0]'))`,
        some`concat(${int}, '')`,
        fc.constantFrom(["'it\\'s :x'"], ['"a ? b"'], ["'a\\\\b'"]),
      ),
      bytes: fc.oneof(...usual('bytes'), some`concat(${bytes}, ${bytes})`, some`unhex(hex(${text}))`),
      json: fc.oneof(
        ...usual('json'),
        some`json_array(${text}, ${int})`,
        some`json_object('k', ${text})`,
        some`json_extract(${json}, '$.a')`,
      ),
      stamp: fc.oneof(...usual('stamp'), some`date_add(${stamp}, interval 1 day)`, some`timestamp(${day})`),
      day: fc.oneof(...usual('day'), some`date(${stamp})`, some`last_day(${day})`),
    };
  },
  more: ({ any, condition, insert }) => [
    some`${insert} on duplicate key update tx = values(tx), uq = values(uq)`,
    some`insert into counted (v) values (${param(values.text)}), (${param(values.text)})`,
    some`insert into counted (v) values (${param(values.anything)})`,
    some`update counted set v = ${param(values.text)} where id < 3`,
    some`replace into counted (id, v) values (2, ${param(values.text)})`,
    some`insert ignore into parent values (1)`,
    some`select ${any} as c from dual where ${condition}`,
    some`select ${any} as c, count(*) over () as n from t order by id # :x ?`,
    some`with some as (select id from t where ${condition}) delete from t where id in (select id from some) and id > 5`,
  ],
};
