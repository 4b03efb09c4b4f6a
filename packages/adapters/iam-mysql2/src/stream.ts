import { interrupted, type RawPage, type StreamPageOptions, type ValueOptions } from '@sqlport/core/spi';
import { type EncodedStatement, outcomeOnAbort, placeOf } from './encode.ts';
import type { Place } from './error.ts';
import { PageReader } from './page-reader.ts';
import type { PhysicalConnection } from './physical-connection.ts';

/** What becomes of the connection after a stream; exactly one of the two is called, once. */
export interface StreamEnd {
  /** The answer is complete, or an error, `failure`. */
  completed(failure?: unknown): void;
  /** The consumer left early, or the stream was aborted: the statement still runs, until `answered` resolves. */
  abandoned(answered: Promise<void>): void;
}

/** Runs a statement on `connection` and yields its result page by page. */
export async function* streamPages(
  connection: PhysicalConnection,
  statement: EncodedStatement,
  { pageSize, signal }: StreamPageOptions,
  values: ValueOptions,
  place: Place,
  end: StreamEnd,
): AsyncGenerator<RawPage, void, undefined> {
  const reader = new PageReader(connection, values, placeOf(statement, place), pageSize);
  let left = false;
  const leave = (failure?: unknown) => {
    if (left) return;
    left = true;
    if (reader.hasEnded) {
      end.completed(failure);
      return;
    }
    reader.discard();
    end.abandoned(reader.answered);
  };
  const onAbort = () => {
    reader.fail(interrupted(signal!, outcomeOnAbort(statement, place)));
    // Not left to the consumer, who may never ask for another page.
    leave();
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  connection.send(statement.text, reader);
  try {
    for (let page = await reader.next(); page !== undefined; page = await reader.next()) yield page;
  } catch (error) {
    leave(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
    leave();
  }
}
