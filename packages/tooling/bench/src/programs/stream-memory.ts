/** Reads one long stream and tells how much memory that took at its peak. Run with `--expose-gc`. */
import { json } from 'node:stream/consumers';
import { sql } from '@sqlport/core';
import type { IamConfig } from '@sqlport/local';
import { openMysql } from '../contenders/mysql.ts';
import { openPostgres } from '../contenders/postgres.ts';
import { count, mysqlStream, postgresQueryStream } from '../contenders/streams.ts';
import { manyRows } from '../tables.ts';

export interface StreamMemoryInput {
  readonly config: IamConfig<'iam-pg'> | IamConfig<'iam-mysql2'>;
  readonly side: 'ours' | 'raw';
  readonly rows: number;
}

/** Above what there was before the stream, in MB. */
export interface PeakMemory {
  /** Of what was measured. */
  readonly name: string;
  readonly rss: number;
  readonly heap: number;
}

const { config, side, rows } = (await json(process.stdin)) as StreamMemoryInput;
const contenders =
  config.adapter === 'iam-pg'
    ? openPostgres(config as IamConfig<'iam-pg'>)
    : openMysql(config as IamConfig<'iam-mysql2'>);
const { db, pool } = contenders;
const { dialect } = db;

const [name, read] =
  side === 'ours'
    ? (['ours', (text: string, watch: () => void) => count(db.stream(sql.text(text)), watch)] as const)
    : 'execute' in pool
      ? (['query(…).stream()', (text: string, watch: () => void) => mysqlStream(pool, text, watch)] as const)
      : (['pg-query-stream', (text: string, watch: () => void) => postgresQueryStream(pool, text, watch)] as const);

// What is loaded and allocated once is not the stream's.
await read(manyRows(dialect, 1_000), () => {});
globalThis.gc!();
const before = process.memoryUsage();
const peak = { ...before };
const seen = await read(manyRows(dialect, rows), () => {
  const now = process.memoryUsage();
  peak.rss = Math.max(peak.rss, now.rss);
  peak.heapUsed = Math.max(peak.heapUsed, now.heapUsed);
});
await contenders[Symbol.asyncDispose]();
if (seen !== rows) throw new Error(`${seen} of ${rows} rows came.`);

const megabytes = (of: 'rss' | 'heapUsed') => (peak[of] - before[of]) / 1_000_000;
const result: PeakMemory = { name, rss: megabytes('rss'), heap: megabytes('heapUsed') };
process.stdout.write(JSON.stringify(result));
