import { isConnectorError, type Outcome, revised } from '../errors.ts';

/** The same error with another outcome, for who knows more than who threw it. What is no `ConnectorError` is returned as it is. */
export function withOutcome(error: unknown, outcome: Outcome): unknown {
  return isConnectorError(error) ? revised(error, { outcome }) : error;
}
