import type { SqlParameter } from '@aws-sdk/client-rds-data';
import type { Statement } from '@sqlport/core/spi';
import {
  type Dialect,
  JsonParam,
  mysqlLiteral,
  planOf,
  postgresLiteral,
  replacePlaceholders,
  type SqlValue,
} from '@sqlport/dialect';
import { type EncodedStatement, encode } from './encode.ts';
import { MAX_STATEMENT_LENGTH } from './long-statement.ts';
import { parameterBytes } from './parameter-bytes.ts';
import { scannerSafe } from './scanner-safe.ts';

/** One request that runs one or several statements whose results nobody wants. */
export type ManyRequest = EncodedStatement | { readonly text: string; readonly parameterSets: SqlParameter[][] };

/** What may be put together: statements that change rows. */
const CHANGES_ROWS = new Set(['insert', 'update', 'delete', 'merge', 'replace']);

/** Puts statements, in order, into as few requests as the API's limits allow. To be sent in one transaction. */
export function requestsFor(statements: readonly Statement[], dialect: Dialect): readonly ManyRequest[] {
  return dialect === 'postgres' ? blocksOf(statements) : setsOf(statements);
}

/** Around the statements of a block, quotes included. */
const BLOCK_LENGTH = 40;

/**
 * On PostgreSQL: DO blocks that execute the statements one after another, each with its literals. A block is one
 * statement, so that an error in it undoes all of it.
 */
function blocksOf(statements: readonly Statement[]): ManyRequest[] {
  const requests: ManyRequest[] = [];
  let block: EncodedStatement[] = [];
  let length = BLOCK_LENGTH;
  const finish = (): void => {
    if (block.length === 1) requests.push(block[0]!);
    if (block.length > 1) {
      const body = block.map(({ text }) => commandOf(text)).join(' ');
      requests.push({ text: `DO ${postgresLiteral(`BEGIN ${body} END`)}`, verb: block[0]!.verb });
    }
    block = [];
    length = BLOCK_LENGTH;
  };
  for (const statement of statements) {
    const encoded = encode(statement, 'postgres');
    const size = quotedLength(commandOf(encoded.text)) + 1;
    const isPlain = encoded.parameters === undefined && CHANGES_ROWS.has(encoded.verb);
    if (!isPlain || length + size > MAX_STATEMENT_LENGTH) finish();
    if (isPlain) {
      block.push(encoded);
      length += size;
    } else requests.push(encoded);
  }
  finish();
  return requests;
}

/** A command of PL/pgSQL that runs a text, which PL/pgSQL itself does not look into. */
function commandOf(text: string): string {
  return `EXECUTE ${postgresLiteral(text)};`;
}

/** The length of a text in quotes, both kinds of doubling counted. */
function quotedLength(text: string): number {
  return text.length + (text.match(/['\\]/g)?.length ?? 0);
}

/** Bounds of one BatchExecuteStatement, well below the API's 4 MiB and 45 seconds. */
const MAX_SETS = 1_000;
const MAX_SETS_BYTES = 3 * 1024 * 1024;

/** On MySQL: BatchExecuteStatement, whose parameters mean there what their literals mean. */
function setsOf(statements: readonly Statement[]): ManyRequest[] {
  const requests: ManyRequest[] = [];
  let last: { text: string; bytes: number; sets: SqlParameter[][] } | undefined;
  for (const statement of statements) {
    const set = CHANGES_ROWS.has(planOf(statement.text, 'mysql').keyword) ? parameterSet(statement.params) : undefined;
    if (set === undefined) {
      last = undefined;
      requests.push(encode(statement, 'mysql'));
      continue;
    }
    const bytes = set.reduce((sum, parameter) => sum + parameterBytes(parameter), 3);
    const fits = last?.text === statement.text && last.sets.length < MAX_SETS && last.bytes + bytes < MAX_SETS_BYTES;
    if (!fits) {
      last = { text: statement.text, bytes: 0, sets: [] };
      requests.push({ text: withNames(statement.text), parameterSets: last.sets });
    }
    last!.bytes += bytes;
    last!.sets.push(set);
  }
  return requests;
}

function withNames(text: string): string {
  const safe = scannerSafe(text, 'mysql');
  return replacePlaceholders(safe, planOf(safe, 'mysql').positional, ({ index }) => ` :p${index! + 1} `);
}

/** Undefined where a value has no parameter that means the same as its literal. */
function parameterSet(params: readonly SqlValue[]): SqlParameter[] | undefined {
  const set: SqlParameter[] = [];
  for (const [index, param] of params.entries()) {
    const parameter = mysqlParameter(param);
    if (parameter === undefined) return undefined;
    set.push({ name: `p${index + 1}`, ...parameter });
  }
  return set;
}

/** A literal with a point is a DECIMAL, one with an exponent a DOUBLE. A truth value would be a number: to JSON they differ. */
function mysqlParameter(param: SqlValue): SqlParameter | undefined {
  switch (typeof param) {
    case 'string':
      return { value: { stringValue: param } };
    case 'bigint':
      // The SDK writes all of its digits.
      return BigInt.asIntN(64, param) === param ? { value: { longValue: param as unknown as number } } : undefined;
    case 'number': {
      const text = String(param);
      if (Number.isSafeInteger(param)) return Object.is(param, -0) ? undefined : { value: { longValue: param } };
      if (text.includes('e')) return { value: { doubleValue: param } };
      return text.includes('.') ? { value: { stringValue: text }, typeHint: 'DECIMAL' } : undefined;
    }
    case 'object':
      if (param === null) return { value: { isNull: true } };
      if (param instanceof Uint8Array) return { value: { blobValue: param } };
      if (param instanceof Date) return { value: { stringValue: mysqlLiteral(param).slice(1, -1) } };
      if (param instanceof JsonParam) return { value: { stringValue: param.text } };
  }
  return undefined;
}
