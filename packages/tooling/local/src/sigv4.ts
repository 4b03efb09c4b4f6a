import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** AWS credentials that an endpoint knows, by access key. */
export interface KnownCredentials {
  readonly secretAccessKey: string;
  /** Present for temporary credentials: a signature must then come with exactly this one. */
  readonly sessionToken?: string;
  /** When the credentials themselves end, ms since the epoch; never, when left out. */
  readonly expiresAt?: number;
}

/** What a signature is good for. */
export interface SigningScope {
  /** `20250131` */
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export const signingAlgorithm = 'AWS4-HMAC-SHA256';

/** AWS tolerates a signer's clock that differs by this much. */
export const clockSkewMs = 5 * 60_000;

/** Reads `20250131T235959Z` as ms since the epoch; undefined when it is no such date. */
export function parseAmzDate(text: string): number | undefined {
  const match = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}

/** RFC 3986 encoding as SigV4 wants it: everything but `A-Z a-z 0-9 - _ . ~`. */
export const percentEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** The query of a canonical request, from decoded names and values. */
export const canonicalQuery = (pairs: Iterable<readonly [string, string]>): string =>
  [...pairs]
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? Number(x > y) - Number(x < y) : a < b ? -1 : 1))
    .map((pair) => pair.join('='))
    .join('&');

/** Lower-case hex. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/**
 * The signature, in lower-case hex, that a request must bear.
 *
 * @param amzDate `20250131T235959Z`, as the request says it
 */
export function signatureOf(
  canonicalRequest: string,
  amzDate: string,
  scope: SigningScope,
  secretAccessKey: string,
): string {
  const { date, region, service } = scope;
  const stringToSign = [
    signingAlgorithm,
    amzDate,
    `${date}/${region}/${service}/aws4_request`,
    sha256(canonicalRequest),
  ].join('\n');
  const dateKey = hmac(`AWS4${secretAccessKey}`, date);
  const signingKey = hmac(hmac(hmac(dateKey, region), service), 'aws4_request');
  return hmac(signingKey, stringToSign).toString('hex');
}

/** Compares two signatures without telling by the time it takes where they differ. */
export function sameSignature(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one, 'utf8'), Buffer.from(other, 'utf8')];
  return a.length === b.length && timingSafeEqual(a, b);
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
