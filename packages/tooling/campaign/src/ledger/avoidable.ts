import type { FaultKind } from '../faults.ts';
import type { Record } from './record.ts';
import type { Lie } from './verdict.ts';

/** What fell short without being untrue: `unknown` where the wire tells more, and failures for no reason. */
export function avoidableIn(records: readonly Record[], kinds: readonly FaultKind[]): readonly Lie[] {
  const knowable = new Map(kinds.map((kind) => [kind.name, kind.knowable]));
  return records.flatMap((record): Lie[] => {
    const { fault, end, step, operation, thrown } = record;
    if (fault === undefined) return end === 'ok' ? [] : [{ record, what: `failed without a fault: ${thrown}` }];
    if (end !== 'unknown') return [];
    const known = knowable.get(fault);
    const isKnowable = known === 'always' || (known === 'undecided' && step < operation.decisiveStep);
    return isKnowable ? [{ record, what: `unknown where it can be known: ${thrown}` }] : [];
  });
}
