import { type ConnectorError, type Constraint, type ErrorCode, isConnectorError, type Outcome } from '@sqlport/core';
import { same } from './same.ts';
import { show } from './show.ts';

/** A promise of the contract that a target does not keep. */
export class CaseFailure extends Error {
  override readonly name = 'CaseFailure';
}

/** Fails the case unless the condition holds. `message` says what should have been. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new CaseFailure(message);
}

/** Fails the case unless both are deeply equal; see {@link same}. */
export function equal(actual: unknown, expected: unknown, what = 'the value'): void {
  if (!same(actual, expected)) {
    throw new CaseFailure(`${what}: expected ${show(expected)}, got ${show(actual)}`);
  }
}

/** What a rejection must look like. Fields that are left out may be anything. */
export interface ExpectedError {
  readonly code: ErrorCode | readonly ErrorCode[];
  readonly outcome?: Outcome | readonly Outcome[];
  readonly sqlState?: string;
  readonly errno?: number;
  /** Each given member must be the same. */
  readonly constraint?: Partial<Constraint>;
  readonly message?: RegExp;
}

/** Fails the case unless the promise rejects with such a `ConnectorError`, which it answers. */
export async function rejects(promise: Promise<unknown>, expected: ExpectedError): Promise<ConnectorError> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return checkError(error, expected);
  }
  throw new CaseFailure(`expected a rejection with ${show(expected.code)}, but it resolved with ${show(value)}`);
}

/** The same for code that throws at once. */
export function throws(work: () => unknown, expected: ExpectedError): ConnectorError {
  let value: unknown;
  try {
    value = work();
  } catch (error) {
    return checkError(error, expected);
  }
  throw new CaseFailure(`expected an error with ${show(expected.code)}, but it answered ${show(value)}`);
}

function checkError(error: unknown, expected: ExpectedError): ConnectorError {
  assert(isConnectorError(error), `expected a ConnectorError, got ${show(error)}`);
  const { code, outcome, sqlState, errno, constraint, message } = expected;
  const described = `${error.code} ${error.outcome} ${error.sqlState ?? ''} ${error.message} [${error.serverMessage ?? ''}]`;
  assert([code].flat().includes(error.code), `code: expected ${show(code)}, got ${described}`);
  if (outcome !== undefined) {
    assert([outcome].flat().includes(error.outcome), `outcome: expected ${show(outcome)}, got ${described}`);
  }
  if (sqlState !== undefined) equal(error.sqlState, sqlState, 'sqlState');
  if (errno !== undefined) equal(error.errno, errno, 'errno');
  for (const [field, value] of Object.entries(constraint ?? {})) {
    equal(error.constraint?.[field as keyof Constraint], value, `constraint.${field}`);
  }
  if (message) assert(message.test(error.message), `message: expected one like ${message}, got ${error.message}`);
  return error;
}
