import type { IncomingHttpHeaders } from 'node:http';
import {
  canonicalQuery,
  clockSkewMs,
  type KnownCredentials,
  parseAmzDate,
  percentEncode,
  sameSignature,
  sha256,
  signatureOf,
  signingAlgorithm,
} from '../sigv4.ts';
import { ServiceError, type ServiceErrorType } from './errors.ts';

const service = 'rds-data';

export interface SignedRequest {
  readonly method: string;
  /** The path and query as they came. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Verification {
  readonly region: string;
  readonly credentials: ReadonlyMap<string, KnownCredentials>;
  /** Now, ms since the epoch. */
  readonly now: number;
}

/**
 * Verifies the SigV4 signature in a request's Authorization header, and tells whose it is. Throws what AWS answers.
 * Source: "Signing AWS API requests" in the IAM user guide; texts as AWS's services give them.
 */
export function authenticate(request: SignedRequest, { region, credentials, now }: Verification): string {
  const { headers } = request;
  const authorization = headers.authorization;
  if (!authorization) throw refusal('MissingAuthenticationTokenException', 'Missing Authentication Token');
  const { credential, signedHeaders, signature } = parseAuthorization(authorization);
  const [accessKeyId = '', date = '', scopeRegion, scopeService, terminator, ...rest] = credential.split('/');
  const amzDate = text(headers['x-amz-date']) ?? '';
  const signedAt = parseAmzDate(amzDate);
  if (signedAt === undefined) {
    throw refusal(
      'IncompleteSignatureException',
      "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
    );
  }

  const known = credentials.get(accessKeyId);
  const token = text(headers['x-amz-security-token']);
  if (!known || token !== known.sessionToken) {
    throw refusal('UnrecognizedClientException', 'The security token included in the request is invalid.');
  }
  if (known.expiresAt !== undefined && known.expiresAt <= now) {
    throw refusal('ExpiredTokenException', 'The security token included in the request is expired');
  }
  if (scopeRegion !== region) throw wrong('Credential should be scoped to a valid region.');
  if (scopeService !== service) throw wrong(`Credential should be scoped to correct service: '${service}'.`);
  if (terminator !== 'aws4_request' || rest.length > 0) {
    throw wrong("Credential should be scoped with a valid terminator: 'aws4_request'.");
  }
  if (!amzDate.startsWith(`${date}T`)) {
    throw wrong(`Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${date}'.`);
  }
  checkClock(amzDate, signedAt, now);

  const mustBeSigned = ['host', ...Object.keys(headers).filter((name) => name.startsWith('x-amz-'))];
  const unsigned = mustBeSigned.find((name) => !signedHeaders.includes(name));
  if (unsigned) throw wrong(`'${unsigned}' must be a 'SignedHeader' in the AWS Authorization.`);
  const scope = { date, region, service };
  const right = signatureOf(canonicalRequest(request, signedHeaders), amzDate, scope, known.secretAccessKey);
  if (!sameSignature(signature, right)) {
    throw wrong(
      'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
    );
  }
  return accessKeyId;
}

const refusal = (type: ServiceErrorType, reason: string): ServiceError => new ServiceError(type, reason);
const wrong = (reason: string): ServiceError => refusal('InvalidSignatureException', reason);

function parseAuthorization(authorization: string): {
  credential: string;
  signedHeaders: readonly string[];
  signature: string;
} {
  const [algorithm = '', ...rest] = authorization.split(' ');
  if (algorithm !== signingAlgorithm) {
    throw refusal('IncompleteSignatureException', `Unsupported AWS 'algorithm': '${algorithm}'.`);
  }
  const parts = new Map(
    rest
      .join(' ')
      .split(',')
      .map((part) => part.trim().split('=', 2) as [string, string]),
  );
  const read = (name: string): string => {
    const value = parts.get(name);
    if (value) return value;
    throw refusal('IncompleteSignatureException', `Authorization header requires '${name}' parameter.`);
  };
  return {
    credential: read('Credential'),
    signedHeaders: read('SignedHeaders').split(';'),
    signature: read('Signature'),
  };
}

function checkClock(amzDate: string, signedAt: number, now: number): void {
  const skew = '5 min.';
  if (signedAt < now - clockSkewMs) {
    const limit = toAmzDate(now - clockSkewMs);
    throw wrong(`Signature expired: ${amzDate} is now earlier than ${limit} (${toAmzDate(now)} - ${skew})`);
  }
  if (signedAt > now + clockSkewMs) {
    const limit = toAmzDate(now + clockSkewMs);
    throw wrong(`Signature not yet current: ${amzDate} is still later than ${limit} (${toAmzDate(now)} + ${skew})`);
  }
}

const toAmzDate = (time: number): string => new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');

function canonicalRequest({ method, url, headers, body }: SignedRequest, signedHeaders: readonly string[]): string {
  const [path = '/', query = ''] = url.split(/\?(.*)/s);
  const canonicalHeaders = signedHeaders.map((name) => `${name}:${canonicalValue(headers[name])}\n`).join('');
  return [
    method,
    // Every service but S3 encodes the path once more than it is sent.
    path.split('/').map(percentEncode).join('/'),
    canonicalQuery(new URLSearchParams(query)),
    canonicalHeaders,
    signedHeaders.join(';'),
    sha256(body),
  ].join('\n');
}

const canonicalValue = (value: string | string[] | undefined): string =>
  [value ?? ''].flat().join(',').trim().replace(/ +/g, ' ');

const text = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value);
