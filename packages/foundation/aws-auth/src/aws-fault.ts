/** How a request to an AWS service failed, where that alone says what it means. */
export type AwsFault = 'UNREACHABLE' | 'THROTTLED' | 'DENIED';

const NETWORK = /^(?:E(?:CONN|HOST|NET|ADDR)[A-Z]+|ENOTFOUND|EAI_[A-Z]+|ETIMEDOUT|EPIPE)$/;
const TLS = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_)/;
const THROTTLED =
  /^(?:Throttling|ThrottlingException|TooManyRequestsException|RequestLimitExceeded|LimitExceededException)$/;
const DENIED = /^(?:AccessDenied|AccessDeniedException|UnauthorizedException|Forbidden)$/;

/** Reads the structural fields of an AWS SDK error (name, code, HTTP status), never its message. */
export function serviceFault(error: unknown): AwsFault | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { name, code, $metadata } = error as {
    name?: unknown;
    code?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  if (typeof name === 'string' && THROTTLED.test(name)) return 'THROTTLED';
  if (typeof name === 'string' && DENIED.test(name)) return 'DENIED';
  const status = $metadata?.httpStatusCode;
  if (status === 429) return 'THROTTLED';
  if (status !== undefined && status >= 500) return 'UNREACHABLE';
  if (name === 'TimeoutError') return 'UNREACHABLE';
  if (typeof code === 'string' && (NETWORK.test(code) || TLS.test(code))) return 'UNREACHABLE';
  return undefined;
}
