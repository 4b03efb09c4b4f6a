import type { RawPage, RawResult, Session, Statement, StreamPageOptions } from '@sqlport/core/spi';
import { lex, planOf } from '@sqlport/dialect';
import { planPages } from './page-plan.ts';
import { verbOf } from './verb.ts';

/** How a result is read. */
export interface CursorOptions extends StreamPageOptions {
  /**
   * Whether the first rows are asked for at once, which saves two requests; they may be too large, which costs the
   * transaction.
   */
  readonly firstPage: 'at once' | 'planned';
  /** Whether the transaction goes on after the stream, so that the cursor has to be closed. */
  readonly closes: boolean;
}

/** Names of cursors, unique in the process and thereby in a transaction. */
let lastCursor = 0;

/** What DECLARE takes; everything else is run as it is, and must fit in one reply. */
const QUERIES = new Set(['select', 'values', 'table']);

const FIRST_ROWS = 50;

/**
 * Reads a result of PostgreSQL page by page, through a cursor of its transaction, in pages as large as the API's limit
 * of 1 MiB allows.
 */
export async function* cursorPages(
  transaction: Session,
  statement: Statement,
  { pageSize, signal, firstPage, closes }: CursorOptions,
): AsyncGenerator<RawPage, undefined> {
  if (!hasPages(statement.text)) {
    yield* cut(await transaction.execute(statement, { signal }), pageSize);
    return undefined;
  }
  lastCursor += 1;
  const cursor = `sqlport_${lastCursor}`;
  const text = `DECLARE ${cursor} SCROLL CURSOR FOR ${scrollable(statement.text)}`;
  await transaction.execute({ text, params: statement.params }, { signal });
  let delivered = 0;
  const fetch = async (count: number): Promise<RawPage> => {
    const page = await transaction.execute({ text: `FETCH FORWARD ${count} FROM ${cursor}`, params: [] }, { signal });
    delivered += page.rows.length;
    return { columns: page.columns, rows: [...page.rows] };
  };
  try {
    if (firstPage === 'at once') {
      const count = Math.min(FIRST_ROWS, pageSize);
      yield await fetch(count);
      if (delivered < count) return undefined;
    }
    for (;;) {
      const { pages, isLast } = await planPages(transaction, cursor, delivered, pageSize, signal);
      for (const count of pages) yield await fetch(count);
      if (!isLast) continue;
      // Even an empty result has columns.
      if (delivered === 0) yield await fetch(1);
      return undefined;
    }
  } finally {
    // Where the transaction has failed or gone there is nothing left to close.
    if (closes) await transaction.execute({ text: `CLOSE ${cursor}`, params: [] }, {}).catch(() => {});
  }
}

/** Whether a statement is read page by page: whether DECLARE takes it. */
export function hasPages(text: string): boolean {
  let isQuery = QUERIES.has(verbOf(text, 'postgres'));
  let previous = '';
  lex(text, 'postgres', (kind, start, end) => {
    if (kind === 'comment') return false;
    const token = kind === 'word' ? text.slice(start, end).toLowerCase() : kind === 'quoted' ? 'quoted' : text[start]!;
    // The parts of WITH may change something, which no cursor may, and INTO makes a table; as a name it follows these.
    if (token === 'into' && previous !== 'as' && previous !== '.') isQuery = false;
    if (`${previous} ${token}` === 'delete from' || (token === 'update' && /[()]/.test(previous))) isQuery = false;
    previous = token;
    return !isQuery;
  });
  return isQuery;
}

/**
 * The query in a form that can be read forwards and backwards while every row is computed once: a view, an operator, a
 * cast or a policy may hide a function that does something, so that no query is known to be harmless by its text.
 */
function scrollable(text: string): string {
  const { start, end } = planOf(text, 'postgres').bounds[0]!;
  // A new line ends a comment at the end of the query.
  return `WITH sqlport_rows AS MATERIALIZED (${text.slice(start, end)}\n) SELECT * FROM sqlport_rows`;
}

function* cut({ columns, rows }: RawResult, pageSize: number): Generator<RawPage> {
  for (let start = 0; start === 0 || start < rows.length; start += pageSize) {
    yield { columns, rows: rows.slice(start, start + pageSize) };
  }
}
