import type { SqlValue } from './value.ts';

/** A text with the dialect's own positional placeholders (`?` on MySQL, `$1` on PostgreSQL) and a value for each. */
export interface Statement {
  readonly text: string;
  readonly params: readonly SqlValue[];
}
