import { createHash, randomBytes } from 'node:crypto';
import { sameSecret } from '../basic-auth.ts';

export type DigestAlgorithm = 'MD5' | 'SHA-256';

/**
 * - `accepted`
 * - `stale`: the password is known, but the nonce is none any longer, or was used with this count before
 * - `refused`: anything else
 */
export interface DigestVerdict {
  readonly kind: 'accepted' | 'stale' | 'refused';
  /** As the client gave it. */
  readonly user: string;
}

const realm = 'tidb.cloud';
const nonceLifeMs = 5 * 60_000;
const hashNames = { MD5: 'md5', 'SHA-256': 'sha256' } satisfies Record<DigestAlgorithm, string>;

interface Nonce {
  readonly issuedAt: number;
  /** Counts that have been used with it. */
  readonly counts: Set<string>;
}

/** HTTP Digest authentication, server side, from RFC 7616: `qop=auth`, no sessions, no user hashing. */
export class Digest {
  readonly #clock: () => number;
  readonly #algorithms: readonly DigestAlgorithm[];
  readonly #nonces = new Map<string, Nonce>();

  /** @param algorithms may change */
  constructor(clock: () => number, algorithms: readonly DigestAlgorithm[]) {
    this.#clock = clock;
    this.#algorithms = algorithms;
  }

  /** Values for `WWW-Authenticate`, one an algorithm. */
  challenges(stale: boolean): string[] {
    this.#forgetOldNonces();
    return this.#algorithms.map((algorithm) => {
      const nonce = randomBytes(18).toString('base64url');
      this.#nonces.set(nonce, { issuedAt: this.#clock(), counts: new Set() });
      const parts = [`realm="${realm}"`, 'qop="auth"', `algorithm=${algorithm}`, `nonce="${nonce}"`];
      return `Digest ${[...parts, ...(stale ? ['stale=true'] : [])].join(', ')}`;
    });
  }

  expireNonces(): void {
    this.#nonces.clear();
  }

  /**
   * @param header the value of `Authorization`
   * @param target the request's target, as it was sent
   * @param passwordOf undefined for an unknown user
   */
  verify(
    header: string,
    method: string,
    target: string,
    passwordOf: (user: string) => string | undefined,
  ): DigestVerdict {
    const given = readParameters(header.replace(/^Digest\s+/i, ''));
    const text = (name: string): string => given.get(name) ?? '';
    const user = text('username');
    const algorithm = this.#algorithms.find((name) => name === (given.get('algorithm') ?? 'MD5').toUpperCase());
    const password = passwordOf(user);
    const wellFormed =
      text('realm') === realm && text('qop') === 'auth' && text('cnonce') !== '' && /^[0-9a-f]{8}$/i.test(text('nc'));
    if (!wellFormed || algorithm === undefined || password === undefined) return { kind: 'refused', user };

    const hash = (data: string): string => createHash(hashNames[algorithm]).update(data, 'utf8').digest('hex');
    const secret = hash(`${user}:${realm}:${password}`);
    const request = hash(`${method}:${target}`);
    const right = hash([secret, text('nonce'), text('nc'), text('cnonce'), 'auth', request].join(':'));
    if (!sameSecret(text('response').toLowerCase(), right)) return { kind: 'refused', user };
    return { kind: this.#use(text('nonce'), text('nc')) ? 'accepted' : 'stale', user };
  }

  #forgetOldNonces(): void {
    const now = this.#clock();
    for (const [value, { issuedAt }] of this.#nonces) {
      if (now - issuedAt >= nonceLifeMs) this.#nonces.delete(value);
    }
  }

  /** Whether the nonce is good for this count. */
  #use(value: string, count: string): boolean {
    this.#forgetOldNonces();
    const nonce = this.#nonces.get(value);
    if (!nonce || nonce.counts.has(count)) return false;
    nonce.counts.add(count);
    return true;
  }
}

/** Reads `name=token` and `name="quoted \" string"`, by lower-case name. */
function readParameters(text: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const match of text.matchAll(/([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)) {
    parameters.set(match[1]!.toLowerCase(), match[2]?.replace(/\\(.)/g, '$1') ?? match[3]!);
  }
  return parameters;
}
