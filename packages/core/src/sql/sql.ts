import type { SqlValue } from '@sqlport/dialect';
import type { StandardSchema } from './standard-schema.ts';

/** A value that becomes a parameter when the statement is rendered. */
interface ValuePart {
  readonly kind: 'value';
  readonly value: SqlValue;
}

/** A name that is quoted for the dialect when the statement is rendered; several are joined by dots. */
export interface IdentifierPart {
  readonly kind: 'identifier';
  readonly names: readonly string[];
}

/** A piece of a statement: SQL text as it stands, a value, or a name. */
export type SqlPart = string | ValuePart | IdentifierPart;

/** A whole statement as text with the dialect's own placeholders, or `:name`, and its parameters. */
export interface TextStatement {
  readonly text: string;
  readonly params: readonly unknown[] | object | undefined;
}

/** Survives duplicate copies of this package in one process. */
const BRAND = Symbol.for('sqlport.Sql');

/**
 * A statement or a fragment of one, made by the `sql` tag and its helpers. It knows no dialect: the connection
 * that runs it renders it. `R` is the type of a row and exists in the type system only.
 */
export class Sql<R = unknown> {
  declare readonly row?: R;
  /** Set for what `sql.text` made; `parts` is empty then. */
  readonly source: TextStatement | undefined;
  readonly parts: readonly SqlPart[];
  /** Validates every row, where made by `sql.typed`. */
  readonly schema: StandardSchema<R> | undefined;

  constructor(parts: readonly SqlPart[], schema?: StandardSchema<R>, source?: TextStatement) {
    this.parts = parts;
    this.schema = schema;
    this.source = source;
  }

  get [BRAND](): true {
    return true;
  }
}

/** True for every {@link Sql}, also one made by another copy of this package. */
export function isSql(value: unknown): value is Sql {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[BRAND] === true;
}
