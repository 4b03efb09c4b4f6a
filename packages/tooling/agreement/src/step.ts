import type { Connection, Queryable, Sql } from '@sqlport/core';
import { type Fragment, statementOf } from './random/fragment.ts';
import type { Step, Way } from './random/language.ts';
import { type Said, said, saidOf } from './said.ts';
import type { Engine } from './sides.ts';

/** Connections of one adapter to one database. */
export interface Connections {
  /** Integers of 64 bits come as `bigint`. */
  readonly db: Connection;
  /** They, instants and JSON come as texts. */
  readonly texts: Connection;
}

/** Does a step, and tells what the adapter said of it. */
export function done(on: Connections, step: Step, engine: Engine): Promise<Said> {
  const { db } = on;
  switch (step.does) {
    case 'statement':
      return inWay(on, step.way, statementOf(step.fragment, step.style, engine));
    case 'several':
      return said(async () => {
        const results = await db.batch(step.fragments.map((fragment) => statementOf(fragment, step.style, engine)));
        return { rows: results.map(({ rows }) => rows), rowsAffected: results.map((each) => each.rowsAffected) };
      });
    case 'many':
      return said(async () => {
        await db.executeMany(
          `insert into t (id, ${step.column}) values (:id, :v)${step.tail}`,
          step.values.map((v, index) => ({ id: 20 + index, v })),
        );
        return {};
      });
  }
}

/** What a step runs, with ¿ for its values. */
export function textOf(step: Step): string {
  switch (step.does) {
    case 'statement':
      return textOfFragment(step.fragment);
    case 'several':
      return step.fragments.map(textOfFragment).join('; ');
    case 'many':
      return `insert into t (id, ${step.column}) values (¿, ¿)${step.tail}`;
  }
}

function textOfFragment(fragment: Fragment): string {
  return fragment.map((part) => (typeof part === 'string' ? part : '¿')).join('');
}

function inWay({ db, texts }: Connections, way: Way, statement: Sql): Promise<Said> {
  switch (way) {
    case 'values':
      return saidOf(db, statement);
    case 'values as texts':
      return saidOf(texts, statement);
    case 'query':
      return said(async () => {
        const { rows, rowsAffected, insertId } = await db.query(statement);
        return { rows, rowsAffected, insertId };
      });
    case 'stream':
      return said(() => streamed(db, statement));
    case 'transaction':
      return said(() => db.transaction((tx) => answered(tx, statement)));
    case 'savepoint':
      return said(() => db.transaction((tx) => tx.transaction((inner) => answered(inner, statement))));
    case 'stream in a transaction':
      return said(() => db.transaction((tx) => streamed(tx, statement)));
  }
}

async function answered(on: Queryable, statement: Sql): Promise<Said> {
  const { columns, rows } = await on.values(statement);
  return { names: columns.map(({ name }) => name), rows };
}

async function streamed(on: Queryable, statement: Sql): Promise<Said> {
  const rows: unknown[] = [];
  for await (const row of on.stream(statement, { pageSize: 2 })) rows.push(row);
  return { rows };
}
