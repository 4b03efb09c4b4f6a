import { ConnectorError } from '@sqlport/core/spi';
import { iamLogins } from './iam-login.ts';
import type { Login, LoginOptions, LoginSource, PasswordAuth, SecretAuth } from './login.ts';
import { secretLogins } from './secret-login.ts';

/** The login source for an adapter's configuration. Loads and asks nothing yet; throws `CONFIG` for what is missing. */
export function loginSource(options: LoginOptions): LoginSource {
  const auth: unknown = options.auth === undefined ? 'iam' : options.auth;
  if (auth === 'iam') return iamLogins({ ...options, user: requiredUser(options) });
  if (typeof auth === 'object' && auth !== null) {
    if ('secretArn' in auth && typeof auth.secretArn === 'string') return secretLogins(options, auth as SecretAuth);
    if ('password' in auth && typeof auth.password === 'string') {
      const { user = requiredUser(options), password } = auth as PasswordAuth;
      return fixedLogin({ user, password });
    }
  }
  throw new ConnectorError('CONFIG', "`auth` must be 'iam', { secretArn } or { user, password }.");
}

function requiredUser({ user }: LoginOptions): string {
  if (typeof user === 'string' && user !== '') return user;
  throw new ConnectorError('CONFIG', '`user` is missing: the name of the database user to log in as.');
}

function fixedLogin(login: Login): LoginSource {
  return { get: () => Promise.resolve(login), refused: () => false };
}
