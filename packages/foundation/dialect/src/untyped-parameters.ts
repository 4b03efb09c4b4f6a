import { castOf } from './bind.ts';
import type { Dialect } from './dialect.ts';
import { lex } from './lexer.ts';
import { planOf } from './plan.ts';

/**
 * The parameters (0-based) that may mean something else as a value of type `text`, `bytea` or `json` than as a literal of
 * PostgreSQL's unknown type, because the type chooses an operator or a function. The others are cast at once, or
 * assigned to a column, wherever they stand: that gives the same value, or an error. None on MySQL.
 */
export function untypedParameters(text: string, dialect: Dialect): ReadonlySet<number> {
  if (dialect === 'mysql') return new Set();
  const assigned = assignedPlaceholders(text);
  const { positional } = planOf(text, 'postgres');
  return new Set(
    positional.flatMap((placeholder) =>
      assigned.has(placeholder.start) || castOf(text, placeholder) ? [] : placeholder.index!,
    ),
  );
}

/**
 * Where a pair of brackets is, or the statement itself: `values` behind INSERT … VALUES, `row` in a pair of parentheses
 * there, and behind INSERT … SELECT; `set` before the `=` of an assignment, `assignment` behind it, `expression` behind another `=`.
 */
type Clause = '' | 'insert' | 'values' | 'row' | 'update' | 'set' | 'assignment' | 'expression';

/** What may follow a value that is assigned. */
const ENDS_VALUE = /^([,;)]|where|from|returning|when)$/;
const ENDS_CLAUSE = /^(select|table|where|group|order|from|returning|when|on)$/;
/** Here literals of unknown type take the type of their column in another part. */
const COMBINES = /\b(union|intersect|except)\b/i;

/** Where the placeholders begin that are the whole of what a column is given: `VALUES ($1, …)`, `INSERT … SELECT $1`, `SET a = $1`. */
function assignedPlaceholders(text: string): ReadonlySet<number> {
  const found = new Set<number>();
  const combines = COMBINES.test(text);
  const outer: Clause[] = [];
  let clause: Clause = '';
  let previous = '';
  let candidate = -1;
  lex(text, 'postgres', (kind, start, end) => {
    if (kind === 'comment') return;
    const token = kind === 'word' || kind === 'punctuation' ? text.slice(start, end).toLowerCase() : kind;
    if (candidate >= 0 && ENDS_VALUE.test(token)) found.add(candidate);
    candidate = -1;
    if (kind === 'positional') {
      if (clause === 'row' ? /^([(,]|select)$/.test(previous) : clause === 'assignment' && previous === '=')
        candidate = start;
    } else if (token === '(' || token === '[') {
      outer.push(clause);
      clause = token === '(' && clause === 'values' ? 'row' : '';
    } else if (token === ')' || token === ']') clause = outer.pop() ?? '';
    else if (kind === 'punctuation') {
      const setting = clause === 'set' || clause === 'assignment' || clause === 'expression';
      if (setting && token === ',') clause = 'set';
      else if (setting && token === '=') clause = clause === 'set' ? 'assignment' : 'expression';
    } else if (kind === 'word' && previous !== '.') {
      clause = behindWord(token, previous, clause);
      if (combines && clause === 'insert') clause = '';
    }
    previous = token;
  });
  if (candidate >= 0) found.add(candidate);
  return found;
}

function behindWord(word: string, previous: string, clause: Clause): Clause {
  if (word === 'into' ? previous === 'insert' : word === 'insert' && previous === 'then') return 'insert';
  if (word === 'update') return 'update';
  if (word === 'values' && clause === 'insert') return 'values';
  if (word === 'select' && clause === 'insert') return 'row';
  if (word === 'set' && clause === 'update') return 'set';
  return clause === 'values' || ENDS_CLAUSE.test(word) ? '' : clause;
}
