import type { Column, ValueOptions } from '@sqlport/core/spi';
import { postgresDecoder, postgresTypeName } from '@sqlport/dialect';
import type { PgField } from './pg-client.ts';

/** The columns of a result, and how to read their values from text; undefined: the text is the value. */
export interface Layout {
  readonly columns: readonly Column[];
  readonly decoders: readonly (((text: string) => unknown) | undefined)[];
}

/** The layout of a statement that returns no rows. */
export const NO_COLUMNS: Layout = { columns: [], decoders: [] };

export function layoutOf(fields: readonly PgField[], values: ValueOptions): Layout {
  return {
    columns: fields.map(({ name, dataTypeID }) => ({ name, type: postgresTypeName(dataTypeID) })),
    decoders: fields.map(({ dataTypeID, dataTypeModifier }) => postgresDecoder(dataTypeID, values, dataTypeModifier)),
  };
}

/** Replaces the texts of a row by their values, in place. Throws what a decoder throws. */
export function decodeRow(texts: (string | null)[], { decoders }: Layout): readonly unknown[] {
  const row: unknown[] = texts;
  for (let index = 0; index < decoders.length; index++) {
    const decode = decoders[index];
    const text = texts[index];
    if (decode !== undefined && text != null) row[index] = decode(text);
  }
  return row;
}

/**
 * The number in a command tag (`INSERT 0 2`, `UPDATE 3`), for the commands that change rows. RETURNING does not
 * change the tag.
 */
export function rowsAffected(tag: string): number {
  const match = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(tag);
  return match === null ? 0 : Number(match[1]);
}
