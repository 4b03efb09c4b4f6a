import {
  bind,
  checkValue,
  type Dialect,
  planOf,
  type SqlValue,
  type Statement,
  shareParameters,
} from '@sqlport/dialect';
import { ConnectorError } from '../errors.ts';
import type { IdentifierPart, Sql } from './sql.ts';

/** Renders a statement for a dialect: values become its own placeholders. Throws `DATA`. */
export function render(statement: Sql<unknown>, dialect: Dialect): Statement {
  if (statement.source !== undefined) return bind(statement.source.text, statement.source.params, dialect);

  let text = '';
  const params: SqlValue[] = [];
  const offsets: number[] = [];
  for (const part of statement.parts) {
    if (typeof part === 'string') {
      text += part;
    } else if (part.kind === 'identifier') {
      text += quoted(part, dialect);
    } else {
      checkValue(part.value, dialect, `value ${params.length + 1}`);
      params.push(part.value);
      offsets.push(text.length);
      text += dialect === 'postgres' ? `$${params.length}` : '?';
    }
  }
  checkPlaces(text, offsets, dialect);
  return dialect === 'postgres' && params.length > 1 ? shareParameters({ text, params }) : { text, params };
}

/** Every value must be a placeholder to the server too: not inside quotes, a comment or a name, and none beside ours. */
function checkPlaces(text: string, offsets: readonly number[], dialect: Dialect): void {
  const { positional } = planOf(text, dialect);
  const asWritten =
    positional.length === offsets.length &&
    positional.every(
      (placeholder, index) => placeholder.start === offsets[index] && (placeholder.index ?? index) === index,
    );
  if (asWritten) return;
  throw new ConnectorError(
    'DATA',
    'A value in the sql tag stands inside quotes, a comment or a name, or the text has placeholders of its own. ' +
      'Interpolate values where SQL takes a value, without quotes around them.',
  );
}

function quoted({ names }: IdentifierPart, dialect: Dialect): string {
  const quote = dialect === 'postgres' ? '"' : '`';
  return names.map((name) => quote + name.replaceAll(quote, quote + quote) + quote).join('.');
}
