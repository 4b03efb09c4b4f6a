import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectorError } from '@sqlport/core/spi';
import { CredentialsSource } from './credentials.ts';
import type { Login, LoginOptions, LoginSource, SecretAuth } from './login.ts';
import { Renewable, type Renewed } from './renewable.ts';
import { secretReader } from './secret.ts';
import { waitFor } from './wait-for.ts';

/** Rotation fails every connection of a fleet at once: they read the secret again spread over this time. */
const JITTER_MS = 500;

/** Logins by a secret of AWS Secrets Manager. It is read once, and again when the server refused what it held. */
export function secretLogins(options: LoginOptions, auth: SecretAuth): LoginSource {
  const clock = options.clock ?? Date.now;
  const read = secretReader(auth, options.region, new CredentialsSource(options, clock));
  const kept = new Renewable<Login>(clock);
  let wasRefused = false;

  async function make(): Promise<Renewed<Login>> {
    if (wasRefused) await sleep(Math.random() * JITTER_MS);
    const value = loginIn(await read(), options.user);
    wasRefused = false;
    return { value, renewAt: Number.POSITIVE_INFINITY };
  }

  return {
    get: (_target, signal) => waitFor(() => kept.get(make), signal),
    refused(_target, login) {
      if (kept.drop(login)) wasRefused = true;
      return true;
    },
  };
}

/** Reads the two fields. Nothing of the secret, not even a parser's complaint about it, gets into an error. */
function loginIn(secret: string | undefined, user: string | undefined): Login {
  let fields: { readonly username?: unknown; readonly password?: unknown } | null = null;
  try {
    fields = JSON.parse(secret ?? '');
  } catch {
    // Answered below, together with JSON that is no such object.
  }
  const username = fields?.username ?? user;
  const password = fields?.password;
  if (typeof username === 'string' && username !== '' && typeof password === 'string') {
    return { user: username, password };
  }
  throw new ConnectorError(
    'CONFIG',
    'The secret of `auth.secretArn` is not JSON text with the string fields "username" and "password".',
  );
}
