import { defineConnector } from '@sqlport/core';
import { type StrategyName, startLocal } from '@sqlport/local';
import { expiredToken } from './expired-token.ts';
import { type Outcome, printOutcomes } from './outcomes.ts';
import { type Step, steps } from './program.ts';

/** Every strategy in turn, chosen by nothing but its URL. */
const strategies = ['iam-pg', 'iam-mysql2'] as const;

console.log('Starting PostgreSQL and MySQL, each behind a gateway that checks IAM tokens as RDS does …');
await using local = await startLocal();
// What decides trust (the CA) and the credentials never come from a URL.
const { 'iam-pg': iamPg, 'iam-mysql2': iamMysql2 } = local.defaults;
const open = defineConnector(
  {
    'iam-pg': () => import('@sqlport/iam-pg'),
    'iam-mysql2': () => import('@sqlport/iam-mysql2'),
  },
  { defaults: { 'iam-pg': iamPg, 'iam-mysql2': iamMysql2 } },
);

const outcomes: Outcome[] = [];
for (const strategy of strategies) {
  const url = local.urls[strategy];
  console.log(`\nDATABASE_URL=${url}`);
  await using db = await open(url);
  for (const step of [...steps, expiredToken(local.endpoints[strategy])]) {
    outcomes.push(await timed(strategy, step, () => step.run(db)));
  }
}
printOutcomes(strategies, outcomes);
process.exitCode = outcomes.every(({ passed }) => passed) ? 0 : 1;

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
