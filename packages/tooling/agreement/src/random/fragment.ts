import { type Sql, type SqlValue, sql } from '@sqlport/core';
import fc from 'fast-check';
import type { Engine } from '../sides.ts';

/** A value's place in a statement. */
export class Param {
  readonly value: SqlValue;

  constructor(value: SqlValue) {
    this.value = value;
  }
}

/** A piece of a statement: texts, and values between them. */
export type Fragment = readonly (string | Param)[];

/** How a statement and its values are given. */
export const STYLES = ['tag', 'positional', 'named'] as const;

export type Style = (typeof STYLES)[number];

type Part = string | fc.Arbitrary<Fragment>;

/** A random fragment, with random fragments in it. */
export function some(strings: TemplateStringsArray, ...parts: readonly Part[]): fc.Arbitrary<Fragment> {
  const all = strings.flatMap((text, index) => [text, ...(index < parts.length ? [parts[index]!] : [])]);
  const arbitraries = all.map((part) => (typeof part === 'string' ? fc.constant([part]) : part));
  return fc.tuple(...arbitraries).map((fragments) => fragments.flat());
}

/** Several, separated. */
export function joined(fragments: readonly Fragment[], separator: string): Fragment {
  return fragments.flatMap((fragment, index) => (index === 0 ? fragment : [separator, ...fragment]));
}

/** A value as it is, without a word of its type. */
export function param(values: fc.Arbitrary<SqlValue>): fc.Arbitrary<Fragment> {
  return fc
    .oneof({ weight: 12, arbitrary: values }, { weight: 1, arbitrary: fc.constant(null) })
    .map((value) => [new Param(value)]);
}

/** The statement, given in one of the ways that the contract knows. */
export function statementOf(fragment: Fragment, style: Style, engine: Engine): Sql {
  const values: SqlValue[] = [];
  const strings = [''];
  for (const part of fragment) {
    if (typeof part === 'string') strings[strings.length - 1] += part;
    else {
      values.push(part.value);
      strings.push('');
    }
  }
  if (style === 'tag') return sql(Object.assign([...strings], { raw: strings }), ...values);
  // Equal values have one name.
  const nameOf = (index: number) => `p${values.findIndex((value) => Object.is(value, values[index]))}`;
  const mark = (index: number) =>
    style === 'named' ? `:${nameOf(index)}` : engine === 'mysql' ? '?' : `$${index + 1}`;
  const text = strings.map((piece, index) => piece + (index < values.length ? mark(index) : '')).join('');
  return sql.text(text, style === 'named' ? Object.fromEntries(values.map((v, index) => [nameOf(index), v])) : values);
}
