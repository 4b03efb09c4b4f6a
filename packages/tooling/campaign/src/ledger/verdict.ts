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
    const what = lieOf(record, { parts: parts.get(number) ?? [], slot: slots.get(number) ?? 0 });
    if (what !== undefined) lies.push({ record, what });
    if (operation.name === 'transfer' && parts.has(number)) {
      const { from, to, amount } = move(number);
      expected.set(from, expected.get(from)! - amount);
      expected.set(to, expected.get(to)! + amount);
    }
  }
  const numbers = new Set(records.map(({ number }) => number));
  for (const number of new Set([...parts.keys(), ...slots.keys()])) {
    if (!numbers.has(number)) lies.push({ what: `there are rows of an operation ${number} that never ran` });
  }
  for (const [id, balance] of balances) {
    if (balance !== expected.get(id)) {
      lies.push({ what: `account ${id} holds ${balance}; the transfers that are there make ${expected.get(id)}` });
    }
  }
  return lies;
}

/** What an operation has left in the database. */
interface Trace {
  readonly parts: readonly number[];
  readonly slot: number;
}

const textOf = ({ parts, slot }: Trace): string => `entries [${parts.join(' ')}], slot ${slot}`;

const NOTHING = textOf({ parts: [], slot: 0 });

function lieOf({ operation, tears, end, code, thrown }: Record, trace: Trace): string | undefined {
  if (end === 'broken') return thrown;
  const found = textOf(trace);
  const whole = textOf({ parts: operation.parts, slot: operation.slot ? 1 : 0 });
  // TiDB Cloud has lost the session, and the error says that one statement ran by itself: once, if at all.
  if (tears && end === 'unknown' && code === 'TRANSACTION') {
    const isTwice = trace.slot > 1 || new Set(trace.parts).size < trace.parts.length;
    return isTwice ? `done twice (${end}): ${found}` : undefined;
  }
  if (found !== whole && found !== NOTHING) return `neither done once nor left undone (${end}): ${found}`;
  const isDone = found === whole;
  // What leaves no trace can only be broken.
  if (whole === NOTHING) return undefined;
  if ((end === 'ok' || end === 'applied') && !isDone) return `said to be done (${end}) and is not there`;
  if (end === 'not-applied' && isDone) return 'said to be not applied and is there';
  return undefined;
}
