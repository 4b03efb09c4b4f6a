import { type PostgresDecoder, postgresDecoder, postgresTypeName, type ValueOptions } from '@sqlport/dialect';
import type { Column } from '../result.ts';

/** A column as RowDescription describes it, by the names of pg-protocol. */
export interface PostgresField {
  readonly name: string;
  readonly dataTypeID: number;
  readonly dataTypeModifier: number;
}

/** The columns of a result, and how to read their values from text; undefined: the text is the value. */
export interface Layout {
  readonly columns: readonly Column[];
  readonly decoders: readonly (PostgresDecoder | undefined)[];
}

/** The layout of a statement that returns no rows. */
export const NO_COLUMNS: Layout = { columns: [], decoders: [] };

export function layoutOf(fields: readonly PostgresField[], values: ValueOptions): Layout {
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
