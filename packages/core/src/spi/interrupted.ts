import { ConnectorError, isConnectorError, type Outcome } from '../errors.ts';

/**
 * The error for a call whose signal was aborted: `TIMEOUT` where `timeoutMs` ran out, `CLOSED` where the
 * connection was closed, else `ABORTED`. `outcome` says whether the statement may have run.
 */
export function interrupted(signal: AbortSignal, outcome: Outcome): ConnectorError {
  const reason: unknown = signal.reason;
  if (isConnectorError(reason)) return new ConnectorError(reason.code, reason.message, { outcome });
  return new ConnectorError('ABORTED', 'The call was aborted by its signal.', { outcome });
}
