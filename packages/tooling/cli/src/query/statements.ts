import { type Dialect, fromSqlTextError } from '@sqlport/core/spi';
import { planOf } from '@sqlport/dialect';

/** One statement of a text. */
export interface TextStatement {
  readonly text: string;
  /** Its first word, in lower case. */
  readonly keyword: string;
}

/** The statements of a text, in order. Throws `SYNTAX` for a NUL character. */
export function statementsIn(text: string, dialect: Dialect): readonly TextStatement[] {
  try {
    return planOf(text, dialect).bounds.map(({ start, end }) => {
      const statement = text.slice(start, end);
      return { text: statement, keyword: planOf(statement, dialect).keyword };
    });
  } catch (error) {
    throw fromSqlTextError(error);
  }
}

/**
 * Whether the last statement of a text has its semicolon: then, and only then, one more word would begin a statement of
 * its own. In a literal, a comment or the body of a procedure that is not closed, it would not.
 */
export function isComplete(text: string, dialect: Dialect): boolean {
  const { statements } = planOf(text, dialect);
  return statements > 0 && planOf(`${text}\nx`, dialect).statements > statements;
}

/** Statements that may hold a password: their text is kept nowhere, and what a server says about them is not shown. */
export function mayHoldSecret(text: string): boolean {
  return /identified|password/i.test(text);
}
