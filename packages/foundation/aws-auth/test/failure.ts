import { inspect } from 'node:util';
import { type ConnectorError, isConnectorError } from '@sqlport/core/spi';
import { expect } from 'vitest';

/** Stands for every secret in these tests. */
export const CANARY = 'kanarienvogel/+@:7';

/** The error that something fails with: a ConnectorError, certainly not applied, that shows no secret. */
export async function failure(run: () => unknown): Promise<ConnectorError> {
  const error = await thrown(run);
  if (!isConnectorError(error)) throw error;
  expect(error.outcome).toBe('not-applied');
  const shown = inspect(error, { depth: 20 }) + JSON.stringify(error) + String(error.stack) + inspect(error.cause);
  expect(shown).not.toContain(CANARY);
  expect(shown).not.toContain(encodeURIComponent(CANARY));
  return error;
}

async function thrown(run: () => unknown): Promise<unknown> {
  try {
    await run();
  } catch (error) {
    return error;
  }
  return expect.fail('it should have failed');
}
