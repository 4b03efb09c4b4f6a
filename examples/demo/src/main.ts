import { defineConnector } from '@sqlport/core';
import { type StrategyName, startLocal } from '@sqlport/local';
import { expiredToken } from './expired-token.ts';
import { lostSession } from './lost-session.ts';
import { type Outcome, printOutcomes } from './outcomes.ts';
import { type Step, steps } from './program.ts';
import { resuming } from './resuming.ts';

/** Every strategy in turn, chosen by nothing but its URL. */
const strategies = ['iam-pg', 'data-api-postgres', 'iam-mysql2', 'data-api-mysql', 'tidb-serverless'] as const;

console.log('Starting PostgreSQL and MySQL behind the endpoints that a cloud would have …');
await using local = await startLocal();
// What decides trust (the CA) and the credentials never come from a URL.
const open = defineConnector(
  {
    'iam-pg': () => import('@sqlport/iam-pg'),
    'iam-mysql2': () => import('@sqlport/iam-mysql2'),
    'data-api': () => import('@sqlport/data-api'),
    'tidb-serverless': () => import('@sqlport/tidb-serverless'),
  },
  { defaults: local.defaults },
);

const outcomes: Outcome[] = [];
for (const strategy of strategies) {
  const url = local.urls[strategy];
  // Also a password that is good on this machine only is nobody's business.
  console.log(`\nDATABASE_URL=${url.replace(/:[^:@/]+@/, ':…@')}`);
  await using db = await open(url);
  for (const step of [...steps, mishap(strategy)]) {
    outcomes.push(await timed(strategy, step, () => step.run(db)));
  }
}
printOutcomes(strategies, outcomes);
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;

/** What goes wrong sooner or later with this strategy, and must not be noticed. */
function mishap(strategy: (typeof strategies)[number]): Step {
  switch (strategy) {
    case 'iam-pg':
    case 'iam-mysql2':
      return expiredToken(local.endpoints[strategy]);
    case 'data-api-postgres':
    case 'data-api-mysql':
      return resuming(local.endpoints[strategy]);
    case 'tidb-serverless':
      return lostSession(local.endpoints[strategy]);
  }
}

async function timed(strategy: StrategyName, { name }: Step, run: () => Promise<string>): Promise<Outcome> {
  const startedAt = performance.now();
  const [passed, text] = await run().then(
    (answer) => [true, answer] as const,
    (error: Error) => [false, `${error.name}: ${error.message}`] as const,
  );
  const outcome = { strategy, step: name, passed, milliseconds: performance.now() - startedAt };
  console.log(`  ${passed ? '✓' : '✗'} ${name}: ${text}`);
  return outcome;
}
