import { afterEach, expect } from 'vitest';
import { ConnectorError, type ErrorCode, isConnectorError, type Outcome } from '../src/index.ts';

/** An error as an honest driver throws it. */
export function failure(code: ErrorCode, outcome: Outcome = 'not-applied'): ConnectorError {
  return new ConnectorError(code, `scripted ${code}`, { outcome });
}

/** What `work` was rejected with or threw; fails where it was not. */
export async function errorOf(work: Promise<unknown> | (() => unknown)): Promise<ConnectorError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    if (!isConnectorError(error)) throw new Error('Expected a ConnectorError', { cause: error });
    return error;
  }
  throw new Error('Expected an error');
}

/** Checks code and outcome, and that the error names its adapter. */
export async function expectError(
  work: Promise<unknown> | (() => unknown),
  code: ErrorCode,
  outcome: Outcome = 'not-applied',
): Promise<ConnectorError> {
  const error = await errorOf(work);
  expect({ code: error.code, outcome: error.outcome, message: error.message }).toMatchObject({ code, outcome });
  expect({ adapter: error.adapter, dialect: error.dialect }).toEqual({
    adapter: 'scripted',
    dialect: expect.stringMatching(/^(postgres|mysql)$/),
  });
  return error;
}

/** Lets everything happen that needs no more than a turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** Makes every test of the file fail where it leaves a rejection that nobody handles. */
export function failOnUnhandledRejections(): void {
  const reasons: unknown[] = [];
  process.on('unhandledRejection', (reason) => reasons.push(reason));
  afterEach(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    expect(reasons.splice(0)).toEqual([]);
  });
}
