import type { Gateway } from '@sqlport/local';
import type { Permission } from './deployment.ts';
import type { RoleCredentials } from './lambda-environment.ts';

/** Makes a role known to a gateway, with these permissions to connect and no others. Throws for any other action. */
export function admit(gateway: Gateway, role: RoleCredentials, permissions: readonly Permission[]): void {
  const { accessKeyId, secretAccessKey, sessionToken } = role;
  gateway.credentials.set(accessKeyId, { secretAccessKey, sessionToken });
  gateway.policy.length = 0;
  for (const { action, resource } of permissions) {
    const [, resourceId, user] = /^arn:aws:rds-db:[\w-]+:\d+:dbuser:(.+)\/(.+)$/.exec(resource) ?? [];
    if (action !== 'rds-db:connect' || !resourceId || !user) throw new Error(`${action} on ${resource}: is of no use.`);
    gateway.policy.push({ accessKeyId, resourceId, user });
  }
}
