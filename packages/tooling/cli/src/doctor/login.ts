import type { LoginSource, LoginTarget } from '@sqlport/aws-auth';
import { isConnectorError } from '@sqlport/core/spi';
import { type Check, failed, ok } from './check.ts';
import { masked } from './identity.ts';

/** Signs a token, which needs no network, and tells what it says. Never shows its signature. */
export function tokenCheck(logins: LoginSource, target: LoginTarget): Check {
  return {
    name: 'token',
    needs: ['credentials'],
    async run() {
      try {
        const { password } = await logins.get(target);
        return ok(decoded(password));
      } catch (error) {
        return failed(isConnectorError(error) ? error.message : 'A token could not be signed.');
      }
    },
  };
}

/** Reads the secret with the login; tells nothing of it but the user. */
export function secretCheck(logins: LoginSource, target: LoginTarget): Check {
  return {
    name: 'secret',
    needs: ['credentials'],
    async run() {
      try {
        const { user } = await logins.get(target);
        return ok(`readable, for user ${user}`);
      } catch (error) {
        return failed(isConnectorError(error) ? error.message : 'The secret could not be read.');
      }
    },
  };
}

/** What a token says: `host:port/?Action=connect&DBUser=…&X-Amz-…`. */
function decoded(token: string): string {
  const { host, searchParams } = new URL(`https://${token}`);
  const [accessKeyId = '', , region] = (searchParams.get('X-Amz-Credential') ?? '').split('/');
  const signedAt = (searchParams.get('X-Amz-Date') ?? '').replace(
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/,
    '$1-$2-$3T$4:$5:$6Z',
  );
  const until = new Date(Date.parse(signedAt) + Number(searchParams.get('X-Amz-Expires')) * 1000);
  const session = searchParams.has('X-Amz-Security-Token') ? ' with a session token' : '';
  return (
    `for user ${searchParams.get('DBUser')} at ${host}, region ${region}, ` +
    `signed ${signedAt} by ${masked(accessKeyId)}${session}, until ${until.toISOString()}`
  );
}
