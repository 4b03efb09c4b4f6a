import type { ConnectorError, ErrorCode, Outcome } from '@sqlport/core/spi';
import { connectorError, KEPT_OF_BODY, statementError } from '../error.ts';
import type { HttpAnswer } from '../http.ts';
import { serverWords } from '../server-words.ts';

const BY_STATUS: Readonly<Record<number, readonly [ErrorCode, string, Outcome]>> = {
  400: ['DATA', 'The Data Service refused the parameters.', 'not-applied'],
  401: ['AUTH', 'The Data Service refused the key. Check publicKey, privateKey and app.', 'not-applied'],
  403: ['AUTH', 'The key may not call this endpoint.', 'not-applied'],
  404: [
    'CONFIG',
    'There is no such endpoint. Check region, app and path; one that is not deployed needs draft: true.',
    'not-applied',
  ],
  405: ['CONFIG', 'The endpoint is for another method.', 'not-applied'],
  408: ['TIMEOUT', 'The endpoint ran longer than its own time limit.', 'unknown'],
  429: ['THROTTLED', 'The key has used up its requests of this minute. Try again later.', 'not-applied'],
  502: ['UNREACHABLE', 'The Data Service did not reach the cluster, or lost it.', 'unknown'],
  503: ['UNREACHABLE', 'The Data Service is not available.', 'unknown'],
  504: ['UNREACHABLE', 'The cluster did not answer the Data Service in time.', 'unknown'],
};

/** The error for an answer whose status is not 2xx. An SQL error counts as one of an endpoint under every status. */
export function refusal({ status, body }: HttpAnswer): ConnectorError {
  const { code, message } = wordsIn(body);
  const words = serverWords(code, message);
  if (words.errno !== undefined) return statementError(words, 'endpoint');
  const { gatewayCode } = words;
  const [kind, text, outcome] = BY_STATUS[status] ?? [
    'DATABASE',
    'The Data Service failed; its words are in serverMessage.',
    'unknown',
  ];
  const inBrackets = gatewayCode === undefined ? `HTTP ${status}` : `HTTP ${status}, code ${gatewayCode}`;
  return connectorError(kind, `${text} (${inBrackets})`, {
    outcome,
    serverMessage: words.message || body.slice(0, KEPT_OF_BODY),
  });
}

/** The error for an answer of status 200 whose result says that it is one. */
export function failedEndpoint(code: unknown, message: unknown): ConnectorError {
  const words = serverWords(code, message);
  if (words.errno !== undefined) return statementError(words, 'endpoint');
  return connectorError(
    'DATABASE',
    `The endpoint failed; the server's words are in serverMessage. (code ${words.gatewayCode ?? '?'})`,
    {
      outcome: 'unknown',
      serverMessage: words.message,
    },
  );
}

/** Code and message, at the top or in the result. */
function wordsIn(body: string): { code?: unknown; message?: unknown } {
  try {
    const parsed = JSON.parse(body);
    return parsed?.data?.result ?? parsed ?? {};
  } catch {
    return {};
  }
}
