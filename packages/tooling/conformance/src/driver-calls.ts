import type { SqlValue } from '@sqlport/core';
import type { ConnectorError, RawPage, RawResult, ValueOptions } from '@sqlport/core/spi';

/** The values that core asks a driver for by default. */
export const VALUES: ValueOptions = { int64: 'number', instants: 'date', json: 'parsed' };

/** A driver, or a transaction of one. */
interface Executor {
  execute(statement: { text: string; params: readonly SqlValue[] }, options: object): Promise<RawResult>;
}

/** Runs a statement. */
export function run(
  on: Executor,
  text: string,
  params: readonly SqlValue[] = [],
  signal?: AbortSignal,
): Promise<RawResult> {
  return on.execute({ text, params }, signal === undefined ? {} : { signal });
}

/** The first value of the first row. */
export async function value(on: Executor, text: string, params: readonly SqlValue[] = []): Promise<unknown> {
  return (await run(on, text, params)).rows[0]?.[0];
}

/** All pages of a stream. */
export async function pagesOf(stream: AsyncIterable<RawPage>): Promise<RawPage[]> {
  const pages: RawPage[] = [];
  for await (const page of stream) pages.push(page);
  return pages;
}

/** What a promise rejects with. */
export async function failure(work: Promise<unknown>): Promise<ConnectorError> {
  try {
    await work;
  } catch (error) {
    return error as ConnectorError;
  }
  throw new Error('It did not fail.');
}

/** Waits until a condition holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`It never came true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
