import { type Adapter, type Connection, connect, type Traits } from '@sqlport/core';
import { CaseFailure } from './assert.ts';
import type { Case } from './case.ts';
import type { CaseContext } from './context.ts';
import type { Target } from './target.ts';
import { unmetNeed } from './unmet-need.ts';
import { within } from './wait.ts';

/** Longest time of one case, clean-up not counted. Most take a few milliseconds. */
const CASE_LIMIT_MS = 20_000;
const CLEAN_UP_LIMIT_MS = 5_000;

/**
 * What became of a case:
 * - `passed`;
 * - `failed`: `reason` says what was promised and what came;
 * - `diverges`: it failed as the target's list says it does; `reason` is the list's;
 * - `skipped`: `reason` is the need that is not met.
 */
export interface CaseResult {
  readonly id: string;
  readonly status: 'passed' | 'failed' | 'diverges' | 'skipped';
  readonly reason?: string;
  /** Of a failed case. */
  readonly error?: unknown;
}

/** A target with its shared connection, ready to run cases one after another. */
export interface OpenTarget extends AsyncDisposable {
  readonly target: Target;
  readonly traits: Traits;
  run(c: Case): Promise<CaseResult>;
}

/** Makes a target ready. The caller disposes of it after the last case. */
export async function openTarget(target: Target): Promise<OpenTarget> {
  const adapter = await target.adapter();
  const db = connect(adapter);
  return {
    target,
    traits: adapter.traits,
    run: (c) => run(c, target, db),
    [Symbol.asyncDispose]: () => db.close(),
  };
}

/** Runs one case on a target, with a shared connection of its own. */
export async function runCase(c: Case, target: Target): Promise<CaseResult> {
  await using opened = await openTarget(target);
  return await opened.run(c);
}

async function run(c: Case, target: Target, db: Connection): Promise<CaseResult> {
  const { id } = c;
  const unmet = unmetNeed(c, target, db.capabilities);
  if (unmet !== undefined) return { id, status: 'skipped', reason: unmet };

  const { context, cleanUp } = contextOf(target, db);
  const divergence = target.divergences?.[id];
  try {
    await within(CASE_LIMIT_MS, c.run(context), 'the case');
  } catch (error) {
    if (divergence !== undefined) return { id, status: 'diverges', reason: divergence };
    return { id, status: 'failed', reason: reasonOf(error), error };
  } finally {
    await cleanUp();
  }
  if (divergence === undefined) return { id, status: 'passed' };
  const error = new CaseFailure('the case is listed as a divergence, but it passes: take it off the list');
  return { id, status: 'failed', reason: error.message, error };
}

let names = 0;

function contextOf(target: Target, db: Connection): { context: CaseContext; cleanUp(): Promise<void> } {
  const connections: Connection[] = [];
  const statements: string[] = [];
  const endings: (() => unknown)[] = [];
  const adapter = async (): Promise<Adapter> => target.adapter();
  const name = (): string => {
    names += 1;
    return `c${names}_${Math.random().toString(36).slice(2, 8)}`;
  };
  const context: CaseContext = {
    db,
    dialect: target.dialect,
    secrets: target.secrets ?? [],
    get module() {
      if (target.module === undefined) throw new CaseFailure('the case does not list adapter module in its needs');
      return target.module;
    },
    adapter,
    name,
    async connect(options, over) {
      const connection = connect(over ?? (await adapter()), options);
      connections.push(connection);
      return connection;
    },
    async table(columns) {
      const table = name();
      // Whatever the defaults of a server are, the cases are about text that a table can hold.
      const tail = target.dialect === 'mysql' ? ' character set utf8mb4' : '';
      statements.push(`drop table if exists ${table}${target.dialect === 'postgres' ? ' cascade' : ''}`);
      await db.query(`create table ${table} (${columns})${tail}`);
      return table;
    },
    afterwards: (statement) => statements.unshift(statement),
    async fault(fault) {
      const setup = await target.faults?.[fault]?.();
      if (setup === undefined) throw new CaseFailure(`the case does not list the fault ${fault} in its needs`);
      if (setup.end) endings.push(() => setup.end?.());
      return setup;
    },
  };
  const cleanUp = async (): Promise<void> => {
    // Connections first: what they left open would lock the tables. What cannot be removed goes with the database.
    const closing = Promise.allSettled(connections.map((connection) => connection.close()));
    await within(CLEAN_UP_LIMIT_MS, closing, 'closing').catch(() => {});
    for (const end of endings) await end();
    for (const statement of statements) await db.query(statement, undefined, { timeoutMs: 5_000 }).catch(() => {});
  };
  return { context, cleanUp };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
