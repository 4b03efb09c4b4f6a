import fc from 'fast-check';
import { type Fragment, joined, Param, param, STYLES, type Style, some } from './fragment.ts';
import { anything } from './values.ts';

/** A column of the table that random statements are about. */
export interface Column<Kind extends string> {
  readonly name: string;
  readonly type: string;
  readonly kind: Kind;
  readonly values: fc.Arbitrary<Param['value']>;
}

/** By kind, expressions that have it. */
type Expressions<Kind extends string> = Readonly<Record<Kind, fc.Arbitrary<Fragment>>>;

/** What is random about the statements of a dialect. */
export interface Language<Kind extends string> {
  readonly columns: readonly Column<Kind>[];
  /** Beside `columns`. */
  readonly schema: readonly string[];
  /** Built of smaller ones. */
  readonly composed: (smaller: Expressions<Kind>) => Expressions<Kind>;
  /** A value that says its type. */
  readonly cast: (kind: Kind, value: fc.Arbitrary<Fragment>) => fc.Arbitrary<Fragment>;
  /** Whole statements: how it inserts what may be there already, and what only this dialect has. */
  readonly more: (make: Makers<Kind>) => readonly fc.Arbitrary<Fragment>[];
  /** What may stand where a blank may. */
  readonly blanks: readonly string[];
  /** How a name is quoted. */
  readonly quote: '"' | '`';
  /** What may stand behind an INSERT that is run many times. */
  readonly tails: readonly string[];
}

interface Makers<Kind extends string> {
  readonly of: Expressions<Kind>;
  /** Of any kind, which all of them have. */
  readonly alike: (count: number) => fc.Arbitrary<readonly Fragment[]>;
  readonly any: fc.Arbitrary<Fragment>;
  readonly condition: fc.Arbitrary<Fragment>;
  readonly insert: fc.Arbitrary<Fragment>;
  readonly update: fc.Arbitrary<Fragment>;
  readonly remove: fc.Arbitrary<Fragment>;
}

/** Ways to run a statement. */
const WAYS = ['query', 'values as texts', 'stream', 'transaction', 'savepoint', 'stream in a transaction'] as const;

export type Way = 'values' | (typeof WAYS)[number];

/** One thing to do. */
export type Step =
  | { readonly does: 'statement'; readonly way: Way; readonly style: Style; readonly fragment: Fragment }
  | { readonly does: 'several'; readonly style: Style; readonly fragments: readonly Fragment[] }
  | {
      readonly does: 'many';
      readonly column: string;
      readonly tail: string;
      readonly values: readonly Param['value'][];
    };

/** Random steps over the table `t`, whose ids are given by hand: numbers 1 to 12. */
export function stepsOf<Kind extends string>(language: Language<Kind>): fc.Arbitrary<Step> {
  const { columns } = language;
  const kinds = [...new Set(columns.map(({ kind }) => kind))];
  const byKind = (make: (kind: Kind) => fc.Arbitrary<Fragment>) =>
    Object.fromEntries(kinds.map((kind) => [kind, make(kind)])) as Expressions<Kind>;

  const simple = byKind((kind) => {
    const own = columns.filter((column) => column.kind === kind);
    const bare = param(fc.oneof(...own.map(({ values }) => values)));
    return fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...own.map(({ name }): Fragment => [name])) },
      { weight: 3, arbitrary: language.cast(kind, bare) },
      { weight: 1, arbitrary: bare },
    );
  });
  const wider = (smaller: Expressions<Kind>) => {
    const composed = language.composed(smaller);
    return byKind((kind) => either([smaller[kind], composed[kind]]));
  };
  const expressions = wider(wider(simple));
  const any = either(kinds.map((kind) => expressions[kind]));
  const condition = (expressions as Record<string, fc.Arbitrary<Fragment>>)['bool']!;

  const id = fc.integer({ min: 1, max: 12 }).map((value): Fragment => [new Param(value)]);
  const cell = ({ kind, values }: Column<Kind>) =>
    fc.oneof(
      { weight: 12, arbitrary: param(values) },
      { weight: 1, arbitrary: param(anything) },
      { weight: 2, arbitrary: language.cast(kind, param(values)) },
    );
  const chosen = fc.uniqueArray(fc.constantFrom(...columns), { minLength: 1, maxLength: 4 });
  const insert = fc
    .tuple(chosen, id)
    .chain(([list, key]) =>
      fc
        .tuple(...list.map(cell))
        .map(
          (cells): Fragment => [
            `insert into t (id, ${list.map(({ name }) => name).join(', ')}) values (`,
            ...joined([key, ...cells], ', '),
            ')',
          ],
        ),
    );
  const assignment = fc
    .constantFrom(...columns)
    .chain((column) => some`${column.name} = ${either([cell(column), expressions[column.kind]])}`);
  const where = fc.oneof(some`id = ${id}`, some`id < ${id}`, condition);
  const update = some`update t set ${assignment} where ${where}`;
  const remove = some`delete from t where ${where} and id > 2`;
  const name = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('c', 'd', 'e') },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...NAMES)
        .map((text) => language.quote + text.replaceAll(language.quote, language.quote.repeat(2)) + language.quote),
    },
  );
  const list = fc.array(fc.tuple(any, name), { minLength: 1, maxLength: 4 }).map((items) =>
    joined(
      items.map(([item, as]) => [...item, ` as ${as}`]),
      ', ',
    ),
  );
  const alike = (count: number) =>
    fc.constantFrom(...kinds).chain((kind) => fc.tuple(...Array.from({ length: count }, () => expressions[kind])));
  const makers = { of: expressions, alike, any, condition, insert, update, remove };
  const fragment = fc.oneof(
    { weight: 8, arbitrary: insert },
    { weight: 3, arbitrary: update },
    { weight: 1, arbitrary: remove },
    { weight: 4, arbitrary: some`select ${list} from t order by id` },
    { weight: 2, arbitrary: some`select id, ${any} as c, id from t where ${where} order by id limit 3` },
    { weight: 1, arbitrary: some`select count(*) as n, count(${any}) as c, max(id) as m from t where ${where}` },
    { weight: 1, arbitrary: fc.constant<Fragment>(['select * from t order by id']) },
    { weight: 1, arbitrary: some`select ${any} as c, nobody from t` },
    { weight: 12, arbitrary: fc.oneof(...language.more(makers)) },
  );
  const blank = fc.oneof({ weight: 3, arbitrary: fc.constant(' ') }, fc.constantFrom(...language.blanks));
  const written = fc.oneof(
    { weight: 4, arbitrary: fragment },
    { weight: 1, arbitrary: fc.tuple(fragment, fc.array(blank, { minLength: 1, maxLength: 9 })).map(withBlanks) },
  );
  const style = fc.constantFrom(...STYLES);
  const statement = fc.record({
    does: fc.constant('statement' as const),
    way: fc.oneof({ weight: 6, arbitrary: fc.constant('values' as const) }, fc.constantFrom(...WAYS)),
    style,
    fragment: written,
  });
  const several = fc.record({
    does: fc.constant('several' as const),
    style,
    fragments: fc.array(fragment, { minLength: 1, maxLength: 3 }),
  });
  const many = fc.tuple(fc.constantFrom(...columns), fc.constantFrom(...language.tails)).chain(([column, tail]) =>
    fc.record({
      does: fc.constant('many' as const),
      column: fc.constant(column.name),
      tail: fc.constant(tail),
      values: fc.array(fc.oneof({ weight: 9, arbitrary: column.values }, { weight: 1, arbitrary: anything }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  );
  return fc.oneof(
    { weight: 14, arbitrary: statement },
    { weight: 1, arbitrary: several },
    { weight: 1, arbitrary: many },
  );
}

/** Names that look like something else. */
const NAMES = [':x', '?', '$1', 'A b', "it's", 'a"b', 'a`b', '--', '/*', 'é', '🙂', '__proto__', 'a\\', '%s', 'select'];

/** A fragment with other blanks in the places of its own. */
function withBlanks([fragment, blanks]: readonly [Fragment, readonly string[]]): Fragment {
  let index = 0;
  return fragment.map((part) =>
    typeof part === 'string' ? part.replaceAll(' ', () => blanks[index++ % blanks.length]!) : part,
  );
}

/** Types of kinds that are not known yet are no arbitraries to `fc.oneof`. */
function either(fragments: readonly fc.Arbitrary<Fragment>[]): fc.Arbitrary<Fragment> {
  return fc.oneof(...fragments);
}
