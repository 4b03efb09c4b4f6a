import type { Dialect } from './dialect.ts';
import { type Placeholder, planOf, type StatementPlan } from './plan.ts';
import { replacePlaceholders } from './replace-placeholders.ts';
import { SqlTextError } from './sql-text-error.ts';
import type { Statement } from './statement.ts';
import { checkValue, type SqlValue } from './value.ts';

/**
 * Joins a text and its parameters to a {@link Statement}, with everything checked before anything is sent.
 *
 * - an array: values for `?` (MySQL) or `$1`, `$2`, … (PostgreSQL);
 * - an object: values for `:name`, which becomes the dialect's own placeholder. On PostgreSQL a name in GROUP BY or
 *   ORDER BY is one `$n` with the same name in the SELECT list;
 * - undefined: a text without placeholders.
 *
 * Throws `DATA` for too few, too many or unknown parameters, for the wrong or a mixed style of placeholders, and for a
 * value that cannot be sent unchanged (see {@link checkValue}).
 */
export function bind(text: string, params: readonly unknown[] | object | undefined, dialect: Dialect): Statement {
  const plan = planOf(text, dialect);
  const own = dialect === 'mysql' ? '?' : '$1';
  if (plan.named.length && plan.positional.length) throw wrong(`mixes ${own} and :name placeholders`);
  if (params === undefined || Array.isArray(params)) {
    if (plan.named.length) throw wrong('has :name placeholders, so its parameters are an object');
    return bindPositional(text, plan, params ?? [], dialect);
  }
  if (plan.positional.length) throw wrong(`has ${own} placeholders, so its parameters are an array`);
  return bindNamed(text, plan, Object(params), dialect);
}

function bindPositional(text: string, plan: StatementPlan, params: readonly unknown[], dialect: Dialect): Statement {
  let needed = 0;
  for (const { index } of plan.positional) {
    if (index! < 0) throw wrong('has a placeholder $0; they are numbered from $1');
    // `$3` alone needs three parameters: the server counts them so.
    needed = Math.max(needed, index! + 1);
  }
  if (needed !== params.length) throw wrong(`needs ${needed} parameter(s), but ${params.length} given`);
  for (let index = 0; index < needed; index++) checkValue(params[index], dialect, `parameter ${index + 1}`);
  // A copy: the statement may wait in a queue while the caller goes on with the array.
  return { text, params: params.slice() as SqlValue[] };
}

function bindNamed(text: string, plan: StatementPlan, params: object, dialect: Dialect): Statement {
  const form = positionalForm(text, plan, dialect);
  const values = form.names.map((name) => {
    if (!Object.hasOwn(params, name)) throw wrong(`needs a parameter "${name}"`);
    const value = (params as Record<string, unknown>)[name];
    checkValue(value, dialect, `parameter "${name}"`);
    return value;
  });
  for (const name of Object.keys(params)) {
    if (!form.names.includes(name)) throw wrong(`has no placeholder :${name}`);
  }
  return { text: form.text, params: values };
}

/** A text with `:name` rewritten to the dialect's placeholders; `names` says which parameter goes where. */
interface PositionalForm {
  readonly text: string;
  readonly names: readonly string[];
}

/** Kept as long as the plan, so that later passes find the same string. */
const positionalForms = /* @__PURE__ */ new WeakMap<StatementPlan, PositionalForm>();

function positionalForm(text: string, plan: StatementPlan, dialect: Dialect): PositionalForm {
  let form = positionalForms.get(plan);
  if (!form) {
    const names: string[] = [];
    const repeated = new Set(plan.named.flatMap(({ name, by }) => (by ? [name!] : [])));
    const shared = new Map<string, number>();
    const rewritten = replacePlaceholders(text, plan.named, ({ name, shareable }) => {
      if (dialect === 'mysql') {
        names.push(name!);
        return '?';
      }
      const isShared = shareable && repeated.has(name!);
      const number = (isShared ? shared.get(name!) : undefined) ?? names.push(name!);
      if (isShared) shared.set(name!, number);
      return `$${number}`;
    });
    form = { text: rewritten, names };
    positionalForms.set(plan, form);
  }
  return form;
}

/** A cast behind a placeholder: the name of the type, what may come between its words, and `[]`. */
const CAST =
  /\s*(?:::|as\b)\s*((?:"[^"]*"|[\w$.\x80-\uffff])+(?:\s+(?:precision|varying))?)(?:\([\d, ]*\))?(\s+with(?:out)?\s+time\s+zone)?((?:\[\d*\])*)/iy;
const CAST_CALL = /\bcast\s*\(\s*$/i;

/** The type that a placeholder is cast to, by `::` or by CAST(… AS …); '': none. */
export function castOf(text: string, { start, end }: Placeholder): string {
  CAST.lastIndex = end;
  const [whole, ...words] = CAST.exec(text) ?? [''];
  if (!whole.includes('::') && !CAST_CALL.test(text.slice(Math.max(0, start - 16), start))) return '';
  const type = words.join('').replace(/\s+/g, ' ');
  return type.includes('"') ? type : type.toLowerCase();
}

/** A parameter that several placeholders share. */
interface Shared {
  readonly number: number;
  /** The only type that it is cast to; '': none so far. */
  cast: string;
}

/**
 * PostgreSQL, for the sql tag, which numbers each of its values: what stands in GROUP BY or ORDER BY becomes one `$n`
 * with equal primitives that are shareable, so that the server sees the expression of the SELECT list. Elsewhere equal
 * values may need different types. The rest is numbered anew.
 */
export function shareParameters(statement: Statement): Statement {
  const { positional } = planOf(statement.text, 'postgres');
  const repeated = new Set(positional.flatMap(({ index, by }) => (by ? [statement.params[index!]!] : [])));
  if (repeated.size === 0) return statement;
  const params: SqlValue[] = [];
  const byValue = new Map<SqlValue, Shared[]>();
  const byIndex: number[] = [];
  const share = (value: SqlValue, placeholder: Placeholder): number => {
    const known = byValue.get(value) ?? [];
    byValue.set(value, known);
    const cast = castOf(statement.text, placeholder);
    // A parameter has one type: what is cast to another is another.
    let shared = known.find((each) => each.cast === cast || each.cast === '' || cast === '');
    if (shared === undefined) {
      shared = { number: params.push(value), cast };
      known.push(shared);
    }
    shared.cast ||= cast;
    return shared.number;
  };
  const text = replacePlaceholders(statement.text, positional, (placeholder) => {
    const { shareable } = placeholder;
    const index = placeholder.index!;
    const value = statement.params[index]!;
    // A Map takes 0 and -0 for the same.
    const isPrimitive = (value === null || typeof value !== 'object') && !Object.is(value, -0);
    const number =
      byIndex[index] ??
      (shareable && isPrimitive && repeated.has(value) ? share(value, placeholder) : params.push(value));
    byIndex[index] = number;
    return `$${number}`;
  });
  return params.length < statement.params.length ? { text, params } : statement;
}

function wrong(problem: string): SqlTextError {
  return new SqlTextError('DATA', `The statement ${problem}.`);
}
