import { ACCOUNTS, type Move } from './operation.ts';
import type { Record } from './record.ts';
import { type Holdings, START } from './tables.ts';

/** Something that was said to a caller and is not so. */
export interface Lie {
  /** Undefined: of no single operation. */
  readonly record?: Record;
  readonly what: string;
}

/** Compares what callers were told with what the database holds. */
export function liesIn(
  records: readonly Record[],
  { parts, slots, balances }: Holdings,
  move: (number: number) => Move,
): readonly Lie[] {
  const lies: Lie[] = [];
  const expected = new Map(Array.from({ length: ACCOUNTS }, (_, index) => [index + 1, START]));
  for (const record of records) {
    const { number, operation } = record;
    const found = traceOf(parts.get(number) ?? [], slots.get(number) ?? 0);
    const whole = traceOf(operation.parts, operation.slot ? 1 : 0);
    const what = lieOf(record, found, whole);
    if (what !== undefined) lies.push({ record, what });
    if (operation.name === 'transfer' && parts.has(number)) {
      const { from, to, amount } = move(number);
      expected.set(from, expected.get(from)! - amount);
      expected.set(to, expected.get(to)! + amount);
    }
  }
  for (const [id, balance] of balances) {
    if (balance !== expected.get(id)) {
      lies.push({ what: `account ${id} holds ${balance}; the transfers that are there make ${expected.get(id)}` });
    }
  }
  return lies;
}

const NOTHING = traceOf([], 0);

function traceOf(parts: readonly number[], slot: number): string {
  return `entries [${parts.join(' ')}], slot ${slot}`;
}

function lieOf({ end, code, thrown }: Record, found: string, whole: string): string | undefined {
  if (end === 'broken') return thrown;
  // TiDB Cloud has lost the session, and the error says that one statement ran by itself.
  if (end === 'unknown' && code === 'TRANSACTION') return undefined;
  if (found !== whole && found !== NOTHING) return `neither done once nor left undone (${end}): ${found}`;
  const isDone = found === whole;
  // What leaves no trace can only be broken.
  if (whole === NOTHING) return undefined;
  if ((end === 'ok' || end === 'applied') && !isDone) return `said to be done (${end}) and is not there`;
  if (end === 'not-applied' && isDone) return 'said to be not applied and is there';
  return undefined;
}
