import { adapter, fromUrl } from '@sqlport/data-api';
import type { Check } from '../doctor/check.ts';
import { httpsChecks } from '../doctor/https.ts';
import { identityChecks } from '../doctor/identity.ts';
import { isLoopback } from '../doctor/network.ts';
import { mysql } from '../engines/mysql.ts';
import { postgres } from '../engines/postgres.ts';
import { allow, readSecret } from '../policy/grant.ts';
import { refuseTrust, type Target, type Trust } from './target.ts';

/** Exactly what the adapter calls. */
const ACTIONS = [
  'ExecuteStatement',
  'BatchExecuteStatement',
  'BeginTransaction',
  'CommitTransaction',
  'RollbackTransaction',
];

/** `data-api://…` */
export function dataApi(url: string, trust: Trust): Target {
  refuseTrust(trust, 'data-api');
  const config = fromUrl(url);
  const configured = adapter(config);
  const { resourceArn, secretArn, database, profile, max = 50 } = config;
  const engine = config.engine === 'postgres' ? postgres : mysql;
  const region = config.region ?? resourceArn.split(':')[3]!;
  const endpoint = new URL(config.endpoint ?? `https://rds-data.${region}.${suffixOf(region)}`);

  const checks: readonly Check[] = [
    ...httpsChecks(endpoint),
    ...identityChecks({ profile, region, isLocal: isLoopback(endpoint.hostname) }),
  ];
  return {
    adapter: configured,
    engine,
    summary: { strategy: 'data-api', engine: config.engine, resourceArn, secretArn, database, region },
    configurationFault: foreignRegion(region, resourceArn, secretArn),
    checks,
    refusedLogin: [
      `The policy: the identity above needs rds-data:ExecuteStatement on ${resourceArn} and secretsmanager:GetSecretValue on ${secretArn}; \`sqlport policy\` prints it.`,
      'The secret: it must exist in the same region, and hold the present user name and password of the database.',
      `The clock: this machine says ${new Date().toISOString()}; signatures are valid for 5 minutes.`,
    ],
    notes: [
      `up to ${max} requests at a time (\`max\`), no connection to keep`,
      'a statement may take 45 s and answer 1 MiB; a transaction that is idle for 3 minutes ends',
    ],
    async grant() {
      const statements = [
        allow(
          'UseDataApi',
          ACTIONS.map((action) => `rds-data:${action}`),
          resourceArn,
        ),
        readSecret(secretArn),
      ];
      return { statements, sql: engine.createPasswordUser('<the user in the secret>', database) };
    },
  };
}

function suffixOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

/** The Data API reads secrets of its own region only. */
function foreignRegion(region: string, ...arns: readonly string[]): string | undefined {
  const foreign = arns.find((arn) => arn.split(':')[3] !== region);
  return foreign === undefined
    ? undefined
    : `${foreign} is not in ${region}, where requests go: cluster, secret and region must be the same.`;
}
