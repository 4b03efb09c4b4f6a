import type { Said } from './said.ts';
import type { Strategy } from './sides.ts';

/** What was run, with ¿ for its values. */
type Text = string;

/** Where an adapter cannot say what the TCP adapter of its dialect says. */
interface Difference {
  readonly strategies: readonly Strategy[];
  readonly reason: string;
  /** By what the TCP adapter said of a statement: the other is not asked. */
  readonly skips?: (reference: Said, text: Text) => boolean;
  /** What is not compared, of two results or errors. */
  readonly leavesOut?: { readonly field: string; readonly where: (reference: Said, here: Said, text: Text) => boolean };
  /** Two errors that may stand for each other. Both say that nothing was applied. */
  readonly equates?: (reference: Said, here: Said, text: Text) => boolean;
}

const DIFFERENCES: readonly Difference[] = [
  {
    strategies: ['data-api-postgres'],
    reason: 'Parameters are literals of unknown type here, which the server takes where it refuses a parameter.',
    skips: ({ sqlState }) => /^42P(?:18|08)$/.test(`${sqlState}`),
  },
  {
    strategies: ['data-api-postgres'],
    reason:
      'BETWEEN, IN and CASE compare a bare value several times: a parameter has the type of the first comparison, a literal one for each.',
    skips: ({ sqlState }, text) => sqlState === '42883' && /¿[^(]*\b(?:between|in)\b|\bcase\b/.test(text),
  },
  {
    strategies: ['data-api-postgres'],
    reason:
      'What stands in GROUP BY or ORDER BY is one parameter with its equals, of one type; literals have their own.',
    skips: ({ sqlState }, text) => /^42(?:883|804|846)$/.test(`${sqlState}`) && /\bby\b.*¿/s.test(text),
  },
  {
    strategies: ['data-api-postgres'],
    reason:
      'The check of a domain is made for a parameter when it is bound, for a literal in the rows that it reaches.',
    skips: isOfDomain,
  },
  {
    strategies: ['data-api-postgres'],
    reason:
      'A literal is read where it stands and a parameter when all of the text was understood: of several mistakes another one is found first.',
    equates: (reference, here, text) =>
      text.includes('¿') && /^(?:0A|22|42)/.test(`${reference.sqlState}`) && /^22/.test(`${here.sqlState}`),
  },
  {
    strategies: ['data-api-postgres'],
    reason: "The API hands on the server's message alone, which names no table of a unique constraint.",
    leavesOut: { field: 'table', where: ({ kind }) => kind === 'unique' },
  },
  {
    strategies: ['tidb-serverless'],
    reason: 'The wire counts the rows that an UPDATE changed, not those that it matched.',
    leavesOut: {
      field: 'rowsAffected',
      where: (reference, here, text) => /\bupdate\b/.test(text) && isFewer(here.rowsAffected, reference.rowsAffected),
    },
  },
];

/** Whether a strategy is not to be asked, after what the TCP adapter said. */
export function isSkipped(strategy: Strategy, text: Text, reference: Said): boolean {
  return of(strategy).some(({ skips }) => skips?.(reference, text));
}

/** What both said of a statement, as far as it can be compared: `[here, reference]`. */
export function comparable(strategy: Strategy, text: Text, here: Said, reference: Said): readonly [Said, Said] {
  const known = of(strategy);
  const nothingApplied = [here, reference].every(({ outcome }) => outcome === 'not-applied');
  if (nothingApplied && known.some(({ equates }) => equates?.(reference, here, text))) return [reference, reference];
  const left = known.flatMap(({ leavesOut }) => (leavesOut?.where(reference, here, text) ? [leavesOut.field] : []));
  const without = (said: Said): Said =>
    Object.fromEntries(Object.entries(said).filter(([field]) => !left.includes(field)));
  return [without(here), without(reference)];
}

function of(strategy: Strategy): readonly Difference[] {
  return DIFFERENCES.filter(({ strategies }) => strategies.includes(strategy));
}

/** The check of a table names it. */
function isOfDomain({ kind, table }: Said): boolean {
  return kind === 'check' && table === undefined;
}

/** Whether no count is larger than the one that it stands for. */
function isFewer(here: unknown, reference: unknown): boolean {
  const counts = [reference].flat();
  return [here].flat().every((count, index) => Number(count) <= Number(counts[index]));
}
