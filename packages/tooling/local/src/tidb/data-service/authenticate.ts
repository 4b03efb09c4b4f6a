import type { IncomingMessage } from 'node:http';
import { readBasicAuth, sameSecret } from '../basic-auth.ts';
import { header } from '../http-reply.ts';
import type { DataServiceKey } from './controls.ts';
import type { Digest } from './digest.ts';

/** Who asks. */
export interface Caller {
  readonly publicKey: string | undefined;
  readonly authentication: 'basic' | 'digest' | undefined;
  /** Undefined: not let in. */
  readonly key: DataServiceKey | undefined;
  /** Whether the nonce alone was wrong. */
  readonly stale: boolean;
}

/** Checks a request's key, by Basic or Digest authentication. */
export function authenticate(
  request: IncomingMessage,
  keys: ReadonlyMap<string, DataServiceKey>,
  digest: Digest,
): Caller {
  const authorization = header(request, 'authorization') ?? '';
  if (/^Digest\s/i.test(authorization)) {
    const passwordOf = (user: string) => keys.get(user)?.privateKey;
    const { kind, user } = digest.verify(authorization, request.method!, request.url!, passwordOf);
    const key = kind === 'accepted' ? keys.get(user) : undefined;
    return { publicKey: user, authentication: 'digest', key, stale: kind === 'stale' };
  }
  const basic = readBasicAuth(authorization);
  if (!basic) return { publicKey: undefined, authentication: undefined, key: undefined, stale: false };
  const known = keys.get(basic.user);
  const key = known && sameSecret(basic.password, known.privateKey) ? known : undefined;
  return { publicKey: basic.user, authentication: 'basic', key, stale: false };
}
