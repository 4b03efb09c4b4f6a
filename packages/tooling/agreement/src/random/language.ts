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
  readonly more: (make: Makers) => readonly fc.Arbitrary<Fragment>[];
}

interface Makers {
  readonly any: fc.Arbitrary<Fragment>;
  readonly condition: fc.Arbitrary<Fragment>;
  readonly insert: fc.Arbitrary<Fragment>;
  readonly update: fc.Arbitrary<Fragment>;
  readonly remove: fc.Arbitrary<Fragment>;
}

/** One thing to do. */
export type Step =
  | { readonly does: 'statement'; readonly style: Style; readonly fragment: Fragment }
  | { readonly does: 'many'; readonly column: string; readonly values: readonly Param['value'][] };

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
  const list = fc.array(any, { minLength: 1, maxLength: 4 }).map((items) =>
    joined(
      items.map((item, index) => [...item, ` as c${index}`]),
      ', ',
    ),
  );
  const makers = { any, condition, insert, update, remove };
  const fragment = fc.oneof(
    { weight: 8, arbitrary: insert },
    { weight: 3, arbitrary: update },
    { weight: 1, arbitrary: remove },
    { weight: 4, arbitrary: some`select ${list} from t order by id` },
    { weight: 2, arbitrary: some`select id, ${any} as c, id from t where ${where} order by id limit 3` },
    { weight: 1, arbitrary: some`select count(*) as n, count(${any}) as c, max(id) as m from t where ${where}` },
    { weight: 1, arbitrary: fc.constant<Fragment>(['select * from t order by id']) },
    { weight: 1, arbitrary: some`select ${any} as c, nobody from t` },
    { weight: 4, arbitrary: fc.oneof(...language.more(makers)) },
  );
  const statement = fc.record({ does: fc.constant('statement' as const), style: fc.constantFrom(...STYLES), fragment });
  const many = fc.constantFrom(...columns).chain(({ name, values }) =>
    fc.record({
      does: fc.constant('many' as const),
      column: fc.constant(name),
      values: fc.array(fc.oneof({ weight: 9, arbitrary: values }, { weight: 1, arbitrary: anything }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  );
  return fc.oneof({ weight: 12, arbitrary: statement }, { weight: 1, arbitrary: many });
}

/** Types of kinds that are not known yet are no arbitraries to `fc.oneof`. */
function either(fragments: readonly fc.Arbitrary<Fragment>[]): fc.Arbitrary<Fragment> {
  return fc.oneof(...fragments);
}
