import type { Said } from './said.ts';
import type { Strategy } from './sides.ts';

/** Where an adapter cannot say what the TCP adapter of its dialect says. */
interface Difference {
  readonly strategies: readonly Strategy[];
  readonly reason: string;
  /** By what the TCP adapter said of a statement: the other is not asked. */
  readonly skips?: (reference: Said) => boolean;
  /** What is not compared, of a statement. */
  readonly leavesOut?: { readonly of: RegExp; readonly field: string };
  /** Two errors that may stand for each other. Both say that nothing was applied. */
  readonly equates?: (reference: Said, here: Said) => boolean;
}

const DIFFERENCES: readonly Difference[] = [
  {
    strategies: ['data-api-postgres'],
    reason: 'Parameters are literals of unknown type here, which the server takes where it refuses a parameter.',
    skips: ({ sqlState }) => /^(?:42P18|42P08|42883|42804)$/.test(`${sqlState}`),
  },
  {
    strategies: ['data-api-postgres'],
    reason:
      'A literal is read where it stands and a parameter when all of the text was understood: of several mistakes another one is found first.',
    equates: (reference, here) => /^(?:22|42)/.test(`${reference.sqlState}`) && /^22/.test(`${here.sqlState}`),
  },
  {
    strategies: ['data-api-postgres'],
    reason: "The API hands on the server's message alone, which names no table of a unique constraint.",
    leavesOut: { of: /^(?:insert|update|with)/, field: 'table' },
  },
  {
    strategies: ['data-api-mysql', 'tidb-serverless'],
    reason: 'Of several violated constraints MySQL finds another one first in a session that was reset.',
    equates: ({ code }, here) => code === 'CONSTRAINT' && here.code === 'CONSTRAINT',
  },
  {
    strategies: ['tidb-serverless'],
    reason: 'The wire counts the rows that an UPDATE changed, not those that it matched.',
    leavesOut: { of: /^update|on duplicate key update/, field: 'rowsAffected' },
  },
];

/** Whether a strategy is not to be asked, after what the TCP adapter said. */
export function isSkipped(strategy: Strategy, reference: Said): boolean {
  return of(strategy).some(({ skips }) => skips?.(reference));
}

/** What both said of a statement, as far as it can be compared: `[here, reference]`. */
export function comparable(strategy: Strategy, text: string, here: Said, reference: Said): readonly [Said, Said] {
  const known = of(strategy);
  const nothingApplied = [here, reference].every(({ outcome }) => outcome === 'not-applied');
  if (nothingApplied && known.some(({ equates }) => equates?.(reference, here))) return [reference, reference];
  const left = known.flatMap(({ leavesOut }) => (leavesOut?.of.test(text) ? [leavesOut.field] : []));
  const without = (said: Said): Said =>
    Object.fromEntries(Object.entries(said).filter(([field]) => !left.includes(field)));
  return [without(here), without(reference)];
}

function of(strategy: Strategy): readonly Difference[] {
  return DIFFERENCES.filter(({ strategies }) => strategies.includes(strategy));
}
