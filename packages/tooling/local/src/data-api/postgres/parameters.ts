import type { Parameter, TypeHint } from '../parameters.ts';
import type { ScannedSql } from '../placeholders.ts';
import type { TypedText } from './query.ts';
import { parameterTypes as types } from './types.ts';

/**
 * The statement with `$1`, `$2` … in place of the names, each name one number, and what to bind to them. What was not
 * given is not bound, so that the server refuses it; what no placeholder names is left out.
 */
export function bindForPostgres(
  sql: ScannedSql,
  parameters: readonly Parameter[],
): { text: string; values: readonly TypedText[] } {
  const given = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const numbers = new Map<string, number>();
  let text = sql.pieces[0]!;
  sql.names.forEach((name, i) => {
    if (!numbers.has(name)) numbers.set(name, numbers.size + 1);
    text += `$${numbers.get(name)}${sql.pieces[i + 1]}`;
  });
  const values = [...numbers.keys()].flatMap((name) => {
    const parameter = given.get(name);
    return parameter ? [toTypedText(parameter)] : [];
  });
  return { text, values };
}

const hinted: Readonly<Record<TypeHint, number>> = {
  DATE: types.date,
  DECIMAL: types.numeric,
  JSON: types.json,
  TIME: types.time,
  TIMESTAMP: types.timestamp,
  UUID: types.uuid,
};

function toTypedText({ value, hint }: Parameter): TypedText {
  if (value === null) return { type: hint ? hinted[hint] : types.unknown, text: null };
  if (value instanceof Uint8Array) return { type: types.bytea, text: `\\x${Buffer.from(value).toString('hex')}` };
  switch (typeof value) {
    case 'boolean':
      return { type: types.bool, text: String(value) };
    case 'bigint':
      return { type: types.int8, text: String(value) };
    case 'number':
      return { type: types.float8, text: String(value) };
    default:
      return { type: hint ? hinted[hint] : types.text, text: value };
  }
}
