import {
  canonicalQuery,
  clockSkewMs,
  type KnownCredentials,
  parseAmzDate,
  sameSignature,
  sha256,
  signatureOf,
  signingAlgorithm,
} from './sigv4.ts';

/** What a token is checked against. */
export interface TokenExpectation {
  /** Host names the endpoint answers for; the token must have been signed for one of them. */
  readonly hosts: readonly string[];
  readonly port: number;
  readonly region: string;
  /** The database user who logs in. */
  readonly user: string;
  readonly credentials: ReadonlyMap<string, KnownCredentials>;
  /** Now, ms since the epoch. */
  readonly now: number;
  /** A token signed at this time or before counts as expired, ms since the epoch; none does, when left out. */
  readonly expiredUntil?: number | undefined;
}

/** Why a token was refused. */
export type TokenRefusal =
  | 'malformed'
  | 'wrong host'
  | 'wrong user'
  | 'wrong region'
  | 'wrong service'
  | 'wrong date'
  | 'unknown access key'
  | 'wrong session token'
  | 'credentials expired'
  | 'not yet valid'
  | 'expired'
  | 'wrong signature';

export type TokenVerdict =
  | { readonly accepted: true; readonly accessKeyId: string }
  | { readonly accepted: false; readonly reason: TokenRefusal };

const service = 'rds-db';
/** RDS lets a token live for 15 minutes at most, whatever it asks for itself. */
const longestLifeSeconds = 900;
const emptyBodyHash = sha256('');

/**
 * Verifies an RDS IAM authentication token: a SigV4 presigned URL without its scheme,
 * `host:port/?Action=connect&DBUser=…&X-Amz-…`.
 *
 * Source: "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)", and the IAM database
 * authentication chapter of the RDS user guide. Written from those with `node:crypto` alone, so that a fault in any
 * signer shows up here instead of being shared.
 */
export function verifyToken(token: string, expected: TokenExpectation): TokenVerdict {
  const parts = splitToken(token);
  if (!parts) return refuse('malformed');
  const { host, query } = parts;
  const [accessKeyId = '', date = '', region, scopeService, terminator, ...rest] = (
    query.get('X-Amz-Credential') ?? ''
  ).split('/');
  const signedAt = parseAmzDate(query.get('X-Amz-Date') ?? '');
  const expires = Number(query.get('X-Amz-Expires'));
  if (
    query.get('Action') !== 'connect' ||
    query.get('X-Amz-Algorithm') !== signingAlgorithm ||
    query.get('X-Amz-SignedHeaders') !== 'host' ||
    terminator !== 'aws4_request' ||
    rest.length > 0 ||
    signedAt === undefined ||
    !Number.isInteger(expires) ||
    expires < 1
  ) {
    return refuse('malformed');
  }
  if (!expected.hosts.some((name) => host === `${name}:${expected.port}`)) return refuse('wrong host');
  if (query.get('DBUser') !== expected.user) return refuse('wrong user');
  if (region !== expected.region) return refuse('wrong region');
  if (scopeService !== service) return refuse('wrong service');
  if (!query.get('X-Amz-Date')?.startsWith(`${date}T`)) return refuse('wrong date');

  const known = expected.credentials.get(accessKeyId);
  if (!known) return refuse('unknown access key');
  if (query.get('X-Amz-Security-Token') !== known.sessionToken) return refuse('wrong session token');
  if (known.expiresAt !== undefined && known.expiresAt <= expected.now) return refuse('credentials expired');
  if (signedAt > expected.now + clockSkewMs) return refuse('not yet valid');
  if (signedAt + Math.min(expires, longestLifeSeconds) * 1000 <= expected.now) return refuse('expired');
  if (expected.expiredUntil !== undefined && signedAt <= expected.expiredUntil) return refuse('expired');

  const right = sign(host, query, { date, region, secretAccessKey: known.secretAccessKey });
  const same = sameSignature(query.get('X-Amz-Signature') ?? '', right);
  return same ? { accepted: true, accessKeyId } : refuse('wrong signature');
}

const refuse = (reason: TokenRefusal): TokenVerdict => ({ accepted: false, reason });

/** Splits `host:port/?a=b&…`; undefined when it is not of that form or names a parameter twice. */
function splitToken(token: string): { host: string; query: Map<string, string> } | undefined {
  const match = /^([^/?#\s]+)\/\?(\S+)$/.exec(token);
  if (!match) return undefined;
  const query = new Map<string, string>();
  for (const pair of match[2]!.split('&')) {
    const equals = pair.indexOf('=');
    if (equals < 1) return undefined;
    try {
      const name = decodeURIComponent(pair.slice(0, equals));
      if (query.has(name)) return undefined;
      query.set(name, decodeURIComponent(pair.slice(equals + 1)));
    } catch {
      return undefined;
    }
  }
  return { host: match[1]!, query };
}

/** The signature that the request `GET https://host/?query` must bear. */
function sign(
  host: string,
  query: ReadonlyMap<string, string>,
  signer: { date: string; region: string; secretAccessKey: string },
): string {
  const { secretAccessKey, ...scope } = signer;
  const signed = [...query].filter(([name]) => name !== 'X-Amz-Signature');
  const canonicalRequest = ['GET', '/', canonicalQuery(signed), `host:${host}`, '', 'host', emptyBodyHash].join('\n');
  return signatureOf(canonicalRequest, query.get('X-Amz-Date')!, { ...scope, service }, secretAccessKey);
}
