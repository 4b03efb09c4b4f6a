import { validation } from '../errors.ts';
import type { Parameter } from '../parameters.ts';
import type { ScannedSql } from '../placeholders.ts';

/**
 * The statement with its parameters written into it, as MySQL's JDBC drivers do it unless told otherwise.
 * Throws a ServiceError when one is missing.
 */
export function renderForMysql(sql: ScannedSql, parameters: readonly Parameter[]): string {
  const given = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  let text = sql.pieces[0]!;
  sql.names.forEach((name, i) => {
    const parameter = given.get(name);
    if (!parameter) throw validation(`Cannot find parameter: ${name}`);
    text += `${toLiteral(parameter)}${sql.pieces[i + 1]}`;
  });
  return text;
}

function toLiteral({ name, value, hint }: Parameter): string {
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (typeof value !== 'string') {
    if (typeof value === 'number' && !Number.isFinite(value)) throw validation(`The parameter ${name} is no number`);
    return String(value);
  }
  if (hint === 'DECIMAL') {
    if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) throw validation(`The parameter ${name} is no decimal`);
    return value;
  }
  // As bytes where a sql_mode could read it in another way.
  return value.includes('\\')
    ? `_utf8mb4 x'${Buffer.from(value).toString('hex')}'`
    : `'${value.replaceAll("'", "''")}'`;
}
