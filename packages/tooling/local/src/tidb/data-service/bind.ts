import mysql from 'mysql2/promise';
import type { DataServiceEndpoint, DataServiceParameter } from './controls.ts';

/** A parameter is missing or not of its type. */
export class BadParameter extends Error {}

const placeholder = /\$\{([A-Za-z_]\w*)\}/g;

/** The names that a statement holds a place for. */
export const parameterNames = (sql: string): string[] => [...sql.matchAll(placeholder)].map((match) => match[1]!);

/**
 * Writes the values of a request into the endpoint's statement. Throws {@link BadParameter}.
 *
 * @param given by name: text from a path or a query, anything from a JSON body
 */
export function bind(endpoint: DataServiceEndpoint, given: ReadonlyMap<string, unknown>): string {
  const literals = new Map(
    Object.entries(endpoint.parameters ?? {}).map(([name, parameter]) => {
      const value = given.get(name) ?? parameter.default;
      if (value !== undefined && value !== null) return [name, literal(name, parameter, value)];
      if (parameter.required) throw new BadParameter(`${name} is required`);
      return [name, 'NULL'];
    }),
  );
  return endpoint.sql.replace(placeholder, (_, name: string) => literals.get(name)!);
}

function literal(name: string, { type, itemType = 'STRING' }: DataServiceParameter, value: unknown): string {
  if (type !== 'ARRAY') return scalar(name, type, value);
  const items = typeof value === 'string' ? value.split(',') : value;
  if (!Array.isArray(items) || items.length === 0) throw new BadParameter(`${name} is not of type ARRAY`);
  return items.map((item) => scalar(name, itemType, item)).join(', ');
}

function scalar(name: string, type: NonNullable<DataServiceParameter['itemType']>, value: unknown): string {
  const text = typeof value === 'object' ? '' : String(value);
  switch (type) {
    case 'STRING':
      if (typeof value === 'string') return mysql.escape(value);
      break;
    case 'INTEGER':
      if (/^[+-]?\d+$/.test(text)) return String(BigInt(text.replace('+', '')));
      break;
    case 'NUMBER':
      if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return text;
      break;
    case 'BOOLEAN':
      if (text === 'true' || text === 'false') return text;
      break;
  }
  throw new BadParameter(`${name} is not of type ${type}`);
}
