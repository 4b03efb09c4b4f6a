import { type SqlValue, sql } from '@sqlport/core';
import { ConnectorError, type Dialect } from '@sqlport/core/spi';
import { planOf } from '@sqlport/dialect';

/** What the command line says of parameters. */
export interface ParameterOptions {
  /** Texts: `name=value`, or values in order. */
  readonly param?: readonly string[];
  /** JSON: an array, or an object by name. */
  readonly params?: string;
}

type Parameters = readonly SqlValue[] | { readonly [name: string]: SqlValue };

/** The parameters for a statement. Throws `CONFIG` for what cannot be read, without repeating a value. */
export function parametersFor(text: string, dialect: Dialect, { param = [], params }: ParameterOptions): Parameters {
  if (params !== undefined) {
    if (param.length > 0) throw wrong('Give either --param or --params.');
    return fromJson(params);
  }
  if (planOf(text, dialect).named.length === 0) return param;
  return Object.fromEntries(
    param.map((each) => {
      const equals = each.indexOf('=');
      if (equals < 1) throw wrong('The statement has named parameters: give each as --param name=value.');
      return [each.slice(0, equals), each.slice(equals + 1)];
    }),
  );
}

function fromJson(text: string): Parameters {
  let values: unknown;
  try {
    values = JSON.parse(text, exactInteger);
  } catch {
    throw wrong('--params is not valid JSON.');
  }
  if (Array.isArray(values)) return values.map(asValue);
  if (typeof values !== 'object' || values === null) throw wrong('--params must be a JSON array or a JSON object.');
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, asValue(value)]));
}

/** Whole numbers beyond 2^53 come as bigint, and not rounded. */
function exactInteger(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return /^-?\d+$/.test(context?.source ?? '') ? BigInt(context!.source!) : value;
}

/** An object is a JSON document; an array is one of PostgreSQL's. */
function asValue(value: unknown): SqlValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? sql.json(value) : (value as SqlValue);
}

function wrong(message: string): ConnectorError {
  return new ConnectorError('CONFIG', message);
}
