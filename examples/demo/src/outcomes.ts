import Table from 'cli-table3';
import pc from 'picocolors';

/** How one step went on one strategy. */
export interface Outcome {
  readonly strategy: string;
  readonly step: string;
  readonly passed: boolean;
  readonly milliseconds: number;
}

/** Prints a table, a strategy a column and a step a row, coloured where there is a terminal. */
export function printOutcomes(strategies: readonly string[], outcomes: readonly Outcome[]): void {
  const table = new Table({ head: ['', ...strategies].map((text) => pc.bold(text)), style: { head: [], border: [] } });
  for (const step of new Set(outcomes.map((outcome) => outcome.step))) {
    const cells = strategies.map((strategy) =>
      cell(outcomes.find((outcome) => outcome.step === step && outcome.strategy === strategy)),
    );
    table.push([step, ...cells]);
  }
  console.log(`\n${table.toString()}`);
  const failed = outcomes.filter(({ passed }) => !passed).length;
  console.log(
    failed === 0
      ? pc.green(`One program, ${strategies.length} strategies, ${outcomes.length} steps: all right.`)
      : pc.red(`${failed} of ${outcomes.length} steps failed.`),
  );
}

function cell(outcome: Outcome | undefined): string {
  if (outcome === undefined) return pc.dim('—');
  const time = pc.dim(`${outcome.milliseconds.toFixed(1)} ms`);
  return `${outcome.passed ? pc.green('✓') : pc.red('✗')} ${time}`;
}
