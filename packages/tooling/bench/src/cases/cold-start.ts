import { trustedCertificates } from '@sqlport/aws-auth';
import { type BuiltPackages, buildPackages } from '../built-packages.ts';
import type { Bench, Case, Effort } from '../case.ts';
import { type Comparison, compared, orderOf, type Taken } from '../compare.ts';
import { RDS_BUNDLE } from '../contenders/recipe.ts';
import type { ColdStart, ColdStartInput } from '../programs/cold-start.ts';
import { runProgram } from '../run-program.ts';

const SIDES = ['ours', 'raw'] as const;
const MOST_ROUNDS = 15;

export const coldStart: Case = {
  name: 'cold-start',
  title: 'Cold start: a fresh process',
  async measure({ configs, effort }: Bench) {
    await using packages = await buildPackages();
    const comparisons = [
      ...(await inFreshProcesses('PostgreSQL', configs['iam-pg'], 'pg', packages, effort)),
      ...(await inFreshProcesses('MySQL', configs['iam-mysql2'], 'mysql2', packages, effort)),
    ];
    return { comparisons };
  },
};

async function inFreshProcesses(
  subject: string,
  config: Bench['configs']['iam-pg' | 'iam-mysql2'],
  driver: string,
  packages: BuiltPackages,
  { budgetMs, leastRounds }: Effort,
): Promise<readonly Comparison[]> {
  const { adapter, region, ca, ...place } = config;
  const roots = (await trustedCertificates({ region })) ?? [];
  const inputs = SIDES.map(
    (side): ColdStartInput => ({
      side,
      adapter,
      core: packages.urlOf('@sqlport/core'),
      module: packages.urlOf(`@sqlport/${adapter}`),
      config: { ...place, region, ca: [...(side === 'ours' ? roots : RDS_BUNDLE), ca] },
    }),
  );
  const imports: Taken[][] = [];
  const answers: Taken[][] = [];
  const startedAt = performance.now();
  while (imports.length < leastRounds || (imports.length < MOST_ROUNDS && performance.now() - startedAt < budgetMs)) {
    const starts: ColdStart[] = [];
    for (const side of orderOf(SIDES.length, imports.length)) {
      starts[side] = await runProgram<ColdStart>('cold-start', inputs[side]!);
    }
    imports.push(starts.map(({ imported }) => imported));
    answers.push(starts.map(({ answered }) => answered));
  }
  const other = [`${driver} and rds-signer`];
  return [
    ...compared(`${subject}, import`, other, imports),
    ...compared(`${subject}, to the first row`, other, answers),
  ];
}
