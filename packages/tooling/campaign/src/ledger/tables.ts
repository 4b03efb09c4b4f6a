import { openEngineSql } from '../servers/engine-sql.ts';
import type { SteeredTarget } from '../servers/servers.ts';
import { ACCOUNTS, SHELF } from './operation.ts';

/** Balance of each account at the start. */
export const START = 1_000_000;

/** What the database holds of each operation, by its number, and of each account. */
export interface Holdings {
  /** Parts in table `entry`, in order; a part that is there twice is listed twice. */
  readonly parts: ReadonlyMap<number, readonly number[]>;
  readonly slots: ReadonlyMap<number, number>;
  readonly balances: ReadonlyMap<number, number>;
}

const ROWS_A_STATEMENT = 10_000;

/** Makes the ledger for the operations of these numbers, past everything that is under test. Nothing in it is unique. */
export async function makeTables({ url }: SteeredTarget, first: number, last: number): Promise<void> {
  await using engine = await openEngineSql(url);
  for (const text of [
    'create table entry (op int not null, part int not null)',
    'create index entry_op on entry (op)',
    'create table slot (op int primary key, n int not null)',
    'create table account (id int primary key, balance bigint not null)',
    'create table shelf (id int primary key)',
    `insert into account values ${valuesOf(1, ACCOUNTS, (id) => `(${id}, ${START})`)}`,
    `insert into shelf values ${valuesOf(1, SHELF, (id) => `(${id})`)}`,
  ]) {
    await engine.rows(text);
  }
  for (let from = first; from <= last; from += ROWS_A_STATEMENT) {
    const to = Math.min(last, from + ROWS_A_STATEMENT - 1);
    await engine.rows(`insert into slot values ${valuesOf(from, to, (op) => `(${op}, 0)`)}`);
  }
  // The tables belong to the superuser who made them.
  if (url.startsWith('postgres')) await engine.rows('grant all on all tables in schema public to public');
}

export async function readTables({ url }: SteeredTarget): Promise<Holdings> {
  await using engine = await openEngineSql(url);
  const parts = new Map<number, number[]>();
  for (const [op, part] of await engine.rows('select op, part from entry order by op, part')) {
    const of = parts.get(Number(op));
    if (of === undefined) parts.set(Number(op), [Number(part)]);
    else of.push(Number(part));
  }
  const slots = new Map<number, number>();
  for (const [op, n] of await engine.rows('select op, n from slot where n <> 0')) slots.set(Number(op), Number(n));
  const balances = new Map<number, number>();
  for (const [id, balance] of await engine.rows('select id, balance from account')) {
    balances.set(Number(id), Number(balance));
  }
  return { parts, slots, balances };
}

function valuesOf(from: number, to: number, row: (n: number) => string): string {
  return Array.from({ length: to - from + 1 }, (_, index) => row(from + index)).join(', ');
}
