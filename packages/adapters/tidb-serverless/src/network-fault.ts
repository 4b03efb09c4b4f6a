/**
 * Codes of Node's and Bun's that only a connection has that never came about. An unreachable host or a time-out is met in
 * the middle of a connection as well; there the system call tells.
 */
const NEVER_LEFT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'ConnectionRefused',
]);

/** How Deno, which gives no code, says it. What stands before is our own URL, without blanks. */
const NO_CONNECTION = /: client error \(Connect\): /;

const CERTIFICATE =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_SELF_SIGNED_CERT$|SELF_SIGNED_CERT_IN_CHAIN$|ERR_TLS_CERT_ALTNAME_INVALID$|HOSTNAME_MISMATCH$)/;

interface Fault {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  /** Of an `AggregateError`: one for each address that was tried. */
  readonly errors?: readonly unknown[];
}

/** Whether a `fetch` rejected because it had no connection: then the request certainly did not leave. */
export function neverLeft(error: unknown): boolean {
  return chainOf(error).some(
    ({ code, syscall, message }) =>
      NEVER_LEFT.has(String(code)) || syscall === 'connect' || NO_CONNECTION.test(String(message)),
  );
}

/** The code of what is wrong with the server's certificate, or undefined. */
export function certificateCode(error: unknown): string | undefined {
  return chainOf(error)
    .map(({ code }) => String(code))
    .find((code) => CERTIFICATE.test(code));
}

/** The error and its causes: `fetch` says "fetch failed", and only the cause says why. */
function chainOf(error: unknown): readonly Fault[] {
  const chain: Fault[] = [];
  let next = error;
  while (typeof next === 'object' && next !== null && chain.length < 5) {
    chain.push(next as Fault);
    const { cause, errors } = next as Fault;
    next = cause ?? errors?.[0];
  }
  return chain;
}
