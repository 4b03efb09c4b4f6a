import {
  type ExecuteOptions,
  isConnectorError,
  type RawPage,
  type RawResult,
  type Session,
  type Statement,
  type StreamPageOptions,
} from '@sqlport/core/spi';
import { withoutLiterals } from '@sqlport/dialect';
import { encode } from './encode.ts';
import { PageSize } from './page-size.ts';

/** Names of cursors, unique in the process and thereby in a transaction. */
let lastCursor = 0;

/** What DECLARE takes; everything else is run as it is, and must fit in one reply. */
const QUERIES = new Set(['select', 'values', 'table']);
/** A part of WITH that changes something, which no cursor may. */
const CHANGING_PART = /\(\s*(?:insert into|update|delete from|merge into)\b/i;
/** Rows that are locked can be read forward only. */
const LOCKING = /\bfor (?:no key update|update|key share|share)\b/i;

/**
 * Reads a result of PostgreSQL page by page, through a cursor of its transaction. Pages begin small and grow as far as
 * the API's limit of 1 MiB allows; one that was too large after all is read again in smaller parts.
 */
export async function* cursorPages(
  transaction: Session,
  statement: Statement,
  { pageSize, signal }: StreamPageOptions,
): AsyncGenerator<RawPage, undefined> {
  const text = withoutLiterals(statement.text, 'postgres');
  if (!QUERIES.has(encode(statement, 'postgres').verb) || CHANGING_PART.test(text)) {
    yield* cut(await transaction.execute(statement, { signal }), pageSize);
    return undefined;
  }
  lastCursor += 1;
  const cursor = `sqlport_${lastCursor}`;
  const run = (command: string, options: ExecuteOptions = { signal }) =>
    transaction.execute({ text: command, params: [] }, options);
  const kind = LOCKING.test(text) ? 'NO SCROLL' : 'SCROLL';
  await transaction.execute(
    { text: `DECLARE ${cursor} ${kind} CURSOR FOR ${statement.text}`, params: statement.params },
    { signal },
  );
  const size = new PageSize(pageSize);
  let delivered = 0;
  try {
    for (;;) {
      const asked = size.next;
      const page = await run(`FETCH FORWARD ${asked} FROM ${cursor}`).catch(async (error) => {
        if (!isTooLarge(error) || asked === 1) throw error;
        size.tooLarge();
        // The cursor has moved, though nothing came.
        await run(`MOVE ABSOLUTE ${delivered} FROM ${cursor}`);
      });
      if (page === undefined) continue;
      const { columns, rows } = page;
      if (rows.length > 0 || delivered === 0) yield { columns, rows: [...rows] };
      delivered += rows.length;
      if (rows.length < asked) return undefined;
      size.fitted(rows);
    }
  } finally {
    // Where the transaction has failed or gone there is nothing left to close.
    await run(`CLOSE ${cursor}`, {}).catch(() => {});
  }
}

function isTooLarge(error: unknown): boolean {
  return isConnectorError(error) && error.code === 'RESULT_TOO_LARGE';
}

function* cut({ columns, rows }: RawResult, pageSize: number): Generator<RawPage> {
  for (let start = 0; start === 0 || start < rows.length; start += pageSize) {
    yield { columns, rows: rows.slice(start, start + pageSize) };
  }
}
