import { type Dialect, lex, planOf } from '@sqlport/dialect';

const VERBS = new Set(['select', 'insert', 'update', 'delete', 'merge', 'replace', 'values', 'table']);

/** What a statement does, in lower case: its first word, or the one that follows the parts of WITH. */
export function verbOf(text: string, dialect: Dialect): string {
  const { keyword } = planOf(text, dialect);
  return keyword === 'with' ? verbAfterParts(text, dialect) : keyword;
}

/** The first verb outside of parentheses; '' where there is none. */
function verbAfterParts(text: string, dialect: Dialect): string {
  let depth = 0;
  let verb = '';
  lex(text, dialect, (kind, start, end) => {
    if (kind === 'punctuation' && text[start] === '(') depth += 1;
    else if (kind === 'punctuation' && text[start] === ')') depth -= 1;
    else if (kind === 'word' && depth === 0) {
      const word = text.slice(start, end).toLowerCase();
      if (VERBS.has(word)) verb = word;
    }
    return verb !== '';
  });
  return verb;
}
