import { createHash, createHmac } from 'node:crypto';

/** What a token says, and the signature that its content should have: computed with nothing but node:crypto. */
export interface ReadToken {
  readonly host: string;
  readonly query: ReadonlyMap<string, string>;
  readonly expectedSignature: string;
}

/** Reads a token and signs its content anew, as "Signature Version 4, query string" of the AWS reference says. */
export function readToken(token: string, secretAccessKey: string): ReadToken {
  const [, host = '', text = ''] = /^([^/]+)\/\?(.*)$/.exec(token) ?? [];
  const query = new Map(text.split('&').map((pair) => pair.split('=').map(decodeURIComponent) as [string, string]));
  const encode = (part: string) =>
    encodeURIComponent(part).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  const canonicalQuery = [...query]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');
  const canonical = ['GET', '/', canonicalQuery, `host:${host}`, '', 'host', sha256('')].join('\n');
  const scope = (query.get('X-Amz-Credential') ?? '').split('/').slice(1);
  const toSign = ['AWS4-HMAC-SHA256', query.get('X-Amz-Date'), scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<Buffer | string>((parent, part) => hmac(parent, part), `AWS4${secretAccessKey}`);
  return { host, query, expectedSignature: hmac(key, toSign).toString('hex') };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
