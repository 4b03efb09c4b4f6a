import type { CreateUser } from '../engines/engine.ts';

/** A statement of an IAM policy, with the names of IAM's JSON. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
}

/** What it takes to be let in, and no more. */
export interface Grant {
  /** Of an IAM policy; none where IAM has no say. */
  readonly statements: readonly PolicyStatement[];
  /** To be run by an administrator of the database. */
  readonly sql: CreateUser;
}

/** What policies call a database that is reached by IAM token. */
export interface RdsResource {
  readonly region: string;
  readonly account: string;
  /** `cluster-…`, `db-…` or `prx-…`: RDS's id, not the name. */
  readonly resourceId: string;
}

/** To log in as one user with an IAM token. */
export function connect({ region, account, resourceId }: RdsResource, user: string): PolicyStatement {
  const arn = `arn:${partitionOf(region)}:rds-db:${region}:${account}:dbuser:${resourceId}/${user}`;
  return allow('Connect', ['rds-db:connect'], arn);
}

/** To read one secret. */
export function readSecret(secretArn: string): PolicyStatement {
  return allow('ReadSecret', ['secretsmanager:GetSecretValue'], secretArn);
}

export function allow(Sid: string, Action: readonly string[], resource: string): PolicyStatement {
  return { Sid, Effect: 'Allow', Action, Resource: [resource] };
}

/** The partition is a part of every ARN. */
function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn';
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws';
}
