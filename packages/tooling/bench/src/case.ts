import type { Comparison } from './compare.ts';
import type { MysqlContenders } from './contenders/mysql.ts';
import type { PostgresContenders } from './contenders/postgres.ts';
import type { ServerConfigs } from './servers.ts';

/** What a case is given. */
export interface Bench {
  /** How long a comparison may take. */
  readonly effort: Effort;
  readonly configs: ServerConfigs;
  readonly postgres: PostgresContenders;
  readonly mysql: MysqlContenders;
}

/** How thorough a run is. */
export interface Effort {
  /** Time for one comparison, warm-up not included. Milliseconds. */
  readonly budgetMs: number;
  /** Fewest rounds, whatever they take. */
  readonly leastRounds: number;
  /** The shorter and the longer of the streams whose peak memory is compared. Rows. */
  readonly streamRows: readonly [few: number, many: number];
}

/** A measured value that is no ratio of times. */
export interface Figure {
  /** What was measured. */
  readonly subject: string;
  readonly value: string;
  /** Whether a goal was reached; undefined where there is none. */
  readonly reached?: boolean;
}

/** What a case found out. */
export interface Findings {
  readonly comparisons?: readonly Comparison[];
  readonly figures?: readonly Figure[];
}

/** One thing to measure. */
export interface Case {
  /** For the command line. */
  readonly name: string;
  /** For the report. */
  readonly title: string;
  /** What was set as a goal, in words; undefined where there is none. */
  readonly goal?: string;
  measure(bench: Bench): Promise<Findings>;
}
