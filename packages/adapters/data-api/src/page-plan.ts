import type { Session } from '@sqlport/core/spi';
import { postgresLiteral } from '@sqlport/dialect';

/** Sizes of the next pages of a cursor, in rows. */
export interface PagePlan {
  readonly pages: readonly number[];
  /** Whether there is nothing behind them. */
  readonly isLast: boolean;
}

/** Half of what the API returns: how it counts is not documented. */
const PAGE_BYTES = 512 * 1024;
/** Pages that are planned at a time. */
const PAGES = 16;
/** How a value is wrapped in JSON, beyond its column's name: `{"stringValue":""},`. */
const CELL_BYTES = 20;
/** What an element of an array may have more in a reply: quotes round a whole number, digits of a `float4`. */
const ELEMENT_BYTES = 4;
const FRACTION_BYTES = 20;

/**
 * Looks ahead on a cursor, on the server, and plans pages that the API can return: one that is too large would cost the
 * transaction. The cursor stays where it is: behind row `position`.
 *
 * A row's size is the larger of two of its forms in JSON, as arrays are long in the one, texts with quotes and JSON
 * values in the other; and what a reply has beyond them.
 */
export async function planPages(
  transaction: Session,
  cursor: string,
  position: number,
  mostRows: number,
  signal: AbortSignal | undefined,
): Promise<PagePlan> {
  const body = `
DECLARE
  c refcursor := '${cursor}';
  r record;
  j json;
  size int;
  page_rows int := 0;
  page_bytes int := 0;
  pages text := '';
  pages_left int := ${PAGES};
BEGIN
  LOOP
    FETCH c INTO r;
    EXIT WHEN NOT FOUND;
    j := to_json(r);
    SELECT greatest(octet_length(j::text), octet_length(to_json(r::text)::text)) + coalesce(sum(${CELL_BYTES} +
      CASE WHEN json_typeof(value) = 'array' THEN json_array_length(value) *
        CASE WHEN value::text ~ '[.]|e-' THEN ${FRACTION_BYTES} ELSE ${ELEMENT_BYTES} END ELSE 0 END), 0)
      INTO size FROM json_each(j);
    IF page_rows = ${mostRows} OR (page_rows > 0 AND page_bytes + size > ${PAGE_BYTES}) THEN
      pages := pages || page_rows || ' ';
      page_rows := 0;
      page_bytes := 0;
      pages_left := pages_left - 1;
      EXIT WHEN pages_left = 0;
    END IF;
    page_rows := page_rows + 1;
    page_bytes := page_bytes + size;
  END LOOP;
  IF pages_left > 0 THEN
    pages := pages || page_rows || ' last';
  END IF;
  MOVE ABSOLUTE ${position} FROM c;
  PERFORM set_config('sqlport.pages', pages, true);
END`;
  await transaction.execute({ text: `DO ${postgresLiteral(body)}`, params: [] }, { signal });
  const { rows } = await transaction.execute(
    { text: "SELECT current_setting('sqlport.pages')", params: [] },
    { signal },
  );
  const words = String(rows[0]?.[0]).trim().split(' ');
  return { pages: words.map(Number).filter((count) => count > 0), isLast: words.at(-1) === 'last' };
}
