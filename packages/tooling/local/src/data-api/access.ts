import type { DataApiCluster, DataApiSecret } from './data-api.ts';
import { ServiceError } from './errors.ts';
import type { DataApiRequest, ServedOperation } from './request.ts';

/** One line of a policy: this access key may do this to this. `*` is any. */
export interface DataApiPolicyStatement {
  readonly accessKeyId: string;
  readonly action: `rds-data:${ServedOperation}` | 'rds-data:*' | 'secretsmanager:GetSecretValue' | '*';
  /** The ARN of a cluster, or of a secret. */
  readonly resource: string;
}

/** The account that all endpoints belong to. */
export const account = '123456789012';

/** What there is in the account, and who may use it. */
export class Access {
  readonly policy: DataApiPolicyStatement[] = [];
  readonly clusters = new Map<string, DataApiCluster>();
  readonly secrets = new Map<string, DataApiSecret>();

  /** Throws what the service answers when the caller may not do this, or cannot because of what it names. */
  check(operation: ServedOperation, { resourceArn, secretArn }: DataApiRequest, accessKeyId: string): void {
    this.#authorize(accessKeyId, `rds-data:${operation}`, resourceArn);
    const cluster = this.clusters.get(resourceArn);
    if (!cluster || cluster.httpEndpointEnabled === false) {
      const text = `HttpEndpoint is not enabled for resource ${resourceArn}`;
      throw new ServiceError('HttpEndpointNotEnabledException', text);
    }
    if (cluster.hasInstance === false) {
      throw new ServiceError('DatabaseNotFoundException', `The DB cluster ${resourceArn} doesn't have a DB instance.`);
    }
    this.#authorize(accessKeyId, 'secretsmanager:GetSecretValue', secretArn);
    this.login(secretArn);
  }

  /** The database user that a secret holds, and its password where it is not the user's own. Throws as `check`. */
  login(secretArn: string): { readonly user: string; readonly password?: string } {
    const secret = this.secrets.get(secretArn);
    if (!secret) throw new ServiceError('SecretsErrorException', "Secrets Manager can't find the specified secret.");
    if (!('state' in secret)) return secret;
    throw secret.state === 'invalid'
      ? new ServiceError('InvalidSecretException', 'The secret does not hold a user name and a password.')
      : new ServiceError('SecretsErrorException', "Secrets Manager can't decrypt the protected secret text.");
  }

  #authorize(accessKeyId: string, action: DataApiPolicyStatement['action'], resource: string): void {
    const allowed = this.policy.some(
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
}

const matches = (pattern: string, value: string): boolean => pattern === '*' || pattern === value;
