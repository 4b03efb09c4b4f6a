import type { Bench, Case } from './case.ts';
import { type Comparison, compare, type Sides } from './compare.ts';
import type { MysqlContenders } from './contenders/mysql.ts';
import type { PostgresContenders } from './contenders/postgres.ts';

/** A case that runs the same work on both databases, ours against the raw driver. */
export interface SideBySide {
  readonly name: string;
  readonly title: string;
  /** Set where ours is to be so many times as fast as each of the `goalFor`; in words in `goal`. */
  readonly goal?: string;
  readonly least?: number;
  /** The contenders that the goal is about. Default: the first of each database. */
  readonly goalFor?: readonly string[];
  postgres(contenders: PostgresContenders): Sides;
  mysql(contenders: MysqlContenders): Sides;
}

export function sideBySide(definition: SideBySide): Case {
  const { name, title, goal, least } = definition;
  const judged = (comparisons: readonly Comparison[]) =>
    comparisons.map((comparison, index) => {
      const counts = definition.goalFor?.includes(comparison.other) ?? index === 0;
      return least === undefined || !counts
        ? comparison
        : { ...comparison, reached: shown(comparison.wall.median) >= least };
    });
  return {
    name,
    title,
    ...(goal === undefined ? {} : { goal }),
    async measure({ postgres, mysql, effort }: Bench) {
      const comparisons = [
        ...judged(await compare('PostgreSQL', definition.postgres(postgres), effort)),
        ...judged(await compare('MySQL', definition.mysql(mysql), effort)),
      ];
      return { comparisons };
    },
  };
}

/** As the report shows it: a goal is judged by the number that is read. */
function shown(ratio: number): number {
  return Number(ratio.toFixed(2));
}
