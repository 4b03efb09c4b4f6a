import fc from 'fast-check';
import { loadModule, parseSync, scanSync } from 'libpg-query';
import { beforeAll, describe, expect, test } from 'vitest';
import { planOf, postgresLiteral } from '../src/index.ts';
import { lex } from '../src/lexer.ts';

/** PostgreSQL's own scanner and parser are the judges here. */
beforeAll(loadModule);

const join = (parts: fc.Arbitrary<string>, constraints: fc.ArrayConstraints = {}): fc.Arbitrary<string> =>
  fc.array(parts, constraints).map((all) => all.join(''));

/** What is most likely to be mistaken for something else, between quotes or in a comment. */
const NASTY = [
  'a',
  'é',
  '😀',
  ' ',
  '\n',
  '$1',
  '$',
  '$$',
  '$a$',
  ':b',
  '?',
  ';',
  '--',
  '/',
  '*',
  '"',
  'E',
  '[',
  ')',
  '::',
];

const plain = join(fc.constantFrom(...NASTY, "''", '\\')).map((content) => `'${content}'`);
const escapeString = join(fc.constantFrom(...NASTY, "''", "\\'", '\\\\', '\\n')).map((content) => `E'${content}'`);
const continued = fc
  .tuple(fc.constantFrom('E', 'e', '', 'N'), fc.constantFrom('\n', ' \n ', '\r', '\t\r\n'))
  .chain(([prefix, gap]) =>
    fc
      .array(join(fc.constantFrom(...NASTY, "''", prefix.toLowerCase() === 'e' ? "\\'" : 'b')), { minLength: 2 })
      .map((parts) => prefix + parts.map((part) => `'${part}'`).join(gap)),
  );
const dollar = fc
  .tuple(fc.constantFrom('$$', '$a$', '$_1$', '$é$'), join(fc.constantFrom(...NASTY, "'", '\\')))
  .filter(([tag, content]) => !`${content}${tag}`.slice(0, -1).includes(tag))
  .map(([tag, content]) => tag + content + tag);
const quoted = join(fc.constantFrom(...NASTY.filter((part) => part !== '"'), "'", '""', '\\'), { minLength: 1 }).map(
  (content) => `"${content}"`,
);
const blockComment = fc.letrec<{ comment: string }>((tie) => ({
  comment: join(
    fc.oneof({ depthSize: 'small' }, fc.constantFrom('a', '$1', "'", ';', '-', '*\n', '--'), tie('comment')),
  ).map((content) => `/* ${content} */`),
})).comment;
const lineComment = join(fc.constantFrom('a', '$1', "'", ';', '/*', '*/', '"')).map((content) => `--${content}\n`);
const parameter = fc.integer({ min: 1, max: 99 }).map((number) => `$${number}`);
const word = fc.constantFrom('a', 'select', 'e', 'E', 'u', 'x', 'a$1', 'b$', 'é', '_', 'from', 'array', 'case');
const number = fc.constantFrom('1', '1.5 ', '.5 ', '1e10 ', '0x1F ', '1_000', '42. ');
const operator = fc.constantFrom(
  '+',
  '-',
  '*',
  '/',
  '<>',
  '||',
  '->>',
  '?',
  '?|',
  '@@',
  '@?',
  '#',
  '&',
  '`',
  '!~',
  '%',
);
const punctuation = fc.constantFrom('(', ')', '[', ']', ',', ';', ':', '::', ':=', '.', '=>');
const blank = fc.constantFrom(' ', '\n', '\t', '\r\n', '\f');

const token = fc.oneof(
  plain,
  escapeString,
  continued,
  dollar,
  quoted,
  blockComment,
  lineComment,
  parameter,
  word,
  number,
  operator,
  punctuation,
  blank,
);

/** Places in a text as the server gives them, in bytes of UTF-8, turned to UTF-16 units. */
function unitsOf(text: string): (byte: number) => number {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  return (byte) => decoder.decode(bytes.subarray(0, byte)).length;
}

describe("PostgreSQL's scanner agrees", () => {
  test('about every placeholder and every semicolon', () => {
    let agreed = 0;
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 20 }), (parts) => {
        const text = parts.join('');
        // The server continues a string after a comment; libpg-query's scanner, made to keep comments, does not.
        fc.pre(!/'\s*--/.test(text));
        let tokens: ReturnType<typeof scanSync>['tokens'];
        try {
          tokens = scanSync(text).tokens;
        } catch {
          return; // Such as `1a` or `$1a`: no token of PostgreSQL.
        }
        agreed++;
        const units = unitsOf(text);
        const expected = tokens
          .filter(({ tokenName }) => tokenName === 'PARAM' || tokenName === 'ASCII_59')
          .map(({ start, end }) => [units(start), units(end)]);
        const actual: number[][] = [];
        lex(text, 'postgres', (kind, start, end) => {
          if (kind === 'positional' || (kind === 'punctuation' && text[start] === ';')) actual.push([start, end]);
          return false;
        });
        expect(actual).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
    expect(agreed).toBeGreaterThan(500);
  });
});

const gap = fc.oneof({ weight: 5, arbitrary: blank }, { weight: 1, arbitrary: blockComment }, lineComment);
const expression = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small' },
    parameter,
    plain,
    escapeString,
    dollar,
    quoted,
    fc.constantFrom('a', 'a$1', '1', 'null', 'array[1, $1]', 'a[$1:$2]', "a ? 'b'", 'case when $1 then $2 end'),
    tie('expression').map((inner) => `(${inner})`),
    tie('expression').map((inner) => `(${inner})::text`),
    fc
      .tuple(tie('expression'), gap, tie('expression'))
      .map(([left, space, right]) => `(${left})${space}||${space}(${right})`),
  ),
})).expression;
const select = fc
  .tuple(fc.array(expression, { minLength: 1, maxLength: 3 }), gap)
  .map(([list, space]) => `select${space}${list.join(`${space},${space}`)}${space}`);
const statement = fc.oneof(
  { weight: 6, arbitrary: select },
  select.map((body) => `insert into t values ((${body}), $7) on conflict do nothing`),
  select.map((body) => `create function f() returns int begin atomic ${body}; select case a when 1 then 2 end; end`),
  select.map((body) => `create rule r as on insert to t do also (${body}; delete from t)`),
  fc.constant(''),
);

/** Every ParamRef of a parse tree. */
function paramsOf(node: unknown): { number: number; location: number }[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'ParamRef' ? [{ number: value.number ?? 0, location: value.location ?? 0 }] : paramsOf(value),
  );
}

describe("PostgreSQL's parser agrees", () => {
  test('about the number of statements, their bounds and their placeholders', () => {
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 4 }), gap, (statements, space) => {
        const text = space + statements.join(`;${space}`);
        const { stmts = [] } = parseSync(text);
        const plan = planOf(text, 'postgres');
        expect(plan.statements).toBe(stmts.length);

        const units = unitsOf(text);
        const params = paramsOf(stmts).map(({ number: n, location }) => ({ index: n - 1, start: units(location) }));
        expect(plan.positional.map(({ index, start }) => ({ index, start }))).toEqual(
          params.sort((a, b) => a.start - b.start),
        );
        for (const { start, end } of plan.bounds) expect(parseSync(text.slice(start, end)).stmts).toHaveLength(1);
      }),
      { numRuns: 500 },
    );
  });

  test('that a literal is the string it was made of', () => {
    const strings = fc.oneof(
      fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
      join(fc.constantFrom(...NASTY, "'", '\\', "\\'", 'U&', '\r')),
    );
    fc.assert(
      fc.property(strings, (text) => {
        const tree = JSON.stringify(parseSync(`select ${postgresLiteral(text)}`));
        expect(tree).toContain(`"A_Const":{"sval":${JSON.stringify({ sval: text })}`);
      }),
      { numRuns: 1_000 },
    );
  });
});
