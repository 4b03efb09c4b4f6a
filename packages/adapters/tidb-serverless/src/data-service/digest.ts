import { md5 } from '@noble/hashes/legacy.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, randomBytes, utf8ToBytes } from '@noble/hashes/utils.js';

/** What a server asks for with `WWW-Authenticate: Digest` (RFC 7616). */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque: string | undefined;
  readonly algorithm: string | undefined;
  readonly hash: (text: string) => string;
  /** Whether the client's nonce goes into the hashed secret (`MD5-sess`). */
  readonly session: boolean;
  /** Whether `qop="auth"` is offered; servers of RFC 2069 offer none. */
  readonly auth: boolean;
}

/** WebCrypto has no MD5, which is what servers ask for by default. */
const HASHES: ReadonlyMap<string, (bytes: Uint8Array) => Uint8Array> = new Map([
  ['md5', md5],
  ['sha-256', sha256],
]);

/** `key="value"` with escapes, or `key=token`; of tokens more is let pass than is allowed. */
const FIELD = /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/;

const FIELDS = new RegExp(FIELD, 'g');
const CHALLENGES = new RegExp(`\\bDigest\\s+${FIELD.source}(?:\\s*,\\s*${FIELD.source})*`, 'gi');

/** Reads a header; undefined where it holds no challenge that can be answered. Of several the first one counts. */
export function readChallenge(header: string | null): DigestChallenge | undefined {
  const challenges = header?.match(CHALLENGES) ?? [];
  return challenges.map(challengeOf).find((challenge) => challenge !== undefined);
}

function challengeOf(challenge: string): DigestChallenge | undefined {
  const fields = new Map<string, string>();
  for (const [, key, quoted, token] of challenge.matchAll(FIELDS)) {
    fields.set(key!.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? token!);
  }
  const algorithm = fields.get('algorithm');
  const [, name = '', session] = /^(.*?)(-sess)?$/.exec((algorithm ?? 'MD5').toLowerCase())!;
  const hash = HASHES.get(name);
  const nonce = fields.get('nonce');
  const offers = fields.get('qop')?.split(/[\s,]+/);
  if (hash === undefined || nonce === undefined || offers?.includes('auth') === false) return undefined;
  return {
    realm: fields.get('realm') ?? '',
    nonce,
    opaque: fields.get('opaque'),
    algorithm,
    hash: (text) => bytesToHex(hash(utf8ToBytes(text))),
    session: session !== undefined,
    auth: offers !== undefined,
  };
}

/** What is to be answered for one request. `count`: how often the nonce was used, this time included. */
export interface DigestRequest {
  readonly method: string;
  /** Path and query, as they are sent. */
  readonly uri: string;
  readonly count: number;
  readonly user: string;
  readonly password: string;
}

/** The header `Authorization` that answers a challenge. `clientNonce` is random, but for tests. */
export function digestAuthorization(
  challenge: DigestChallenge,
  { method, uri, count, user, password }: DigestRequest,
  clientNonce: string = bytesToHex(randomBytes(16)),
): string {
  const { realm, nonce, opaque, algorithm, hash, session, auth } = challenge;
  const login = hash(`${user}:${realm}:${password}`);
  const secret = session ? hash(`${login}:${nonce}:${clientNonce}`) : login;
  const nc = count.toString(16).padStart(8, '0');
  const freshness = auth ? `${nonce}:${nc}:${clientNonce}:auth` : nonce;
  const response = hash(`${secret}:${freshness}:${hash(`${method}:${uri}`)}`);
  const fields = [
    `username=${quoted(user)}`,
    `realm=${quoted(realm)}`,
    `nonce=${quoted(nonce)}`,
    `uri=${quoted(uri)}`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque=${quoted(opaque)}`]),
    ...(auth || session ? [`cnonce="${clientNonce}"`] : []),
    ...(auth ? ['qop=auth', `nc=${nc}`] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
