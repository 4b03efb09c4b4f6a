import { ServiceError } from './errors.ts';
import type { DataApiOperation } from './request.ts';

/** One line of a policy: this access key may do this to this. `*` is any. */
export interface DataApiPolicyStatement {
  readonly accessKeyId: string;
  readonly action: `rds-data:${DataApiOperation}` | 'rds-data:*' | 'secretsmanager:GetSecretValue' | '*';
  /** The ARN of a cluster, or of a secret. */
  readonly resource: string;
}

/** Throws an AccessDeniedException unless a statement allows it. */
export function authorize(
  policy: readonly DataApiPolicyStatement[],
  accessKeyId: string,
  action: Exclude<DataApiPolicyStatement['action'], `${string}*`>,
  resource: string,
): void {
  const allowed = policy.some(
    (statement) =>
      matches(statement.accessKeyId, accessKeyId) &&
      (matches(statement.action, action) || (statement.action === 'rds-data:*' && action.startsWith('rds-data:'))) &&
      matches(statement.resource, resource),
  );
  if (allowed) return;
  throw new ServiceError(
    'AccessDeniedException',
    `User: arn:aws:iam::${account}:user/${accessKeyId} is not authorized to perform: ${action} on resource: ${resource}`,
  );
}

const matches = (pattern: string, value: string): boolean => pattern === '*' || pattern === value;

/** The account that all endpoints belong to. */
export const account = '123456789012';
