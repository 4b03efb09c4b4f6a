import { type FaultKind, faultsOf, PATIENCE_MS } from './faults.ts';
import { type Operation, operationsOf } from './ledger/operation.ts';
import { endOf, type Record } from './ledger/record.ts';
import { chosen, movesOf, type PartFindings, type PartOptions } from './part.ts';
import { Random } from './random.ts';
import type { SteeredTarget } from './servers/servers.ts';
import { isTcp, open } from './strategies.ts';

/** Of so many operations, one meets no fault. */
const SPARED = 8;
/** After so long without an answer a caller gives up. */
const SILENCE_MS = 150;

/** One operation after the other: the fault that is armed for one strikes that one, and nobody else. */
export async function runAlone(target: SteeredTarget, options: PartOptions): Promise<PartFindings> {
  const { seed, from, to, change, only = {} } = options;
  const operations = chosen(operationsOf(movesOf(seed)), only.operations);
  const kinds = chosen(faultsOf(target.strategy), only.faults);
  const records: Record[] = [];
  await using db = open(target, 2, change);
  let lingering: string | undefined;
  for (let number = from; number <= to; number++) {
    const random = new Random(seed, number);
    const operation = random.pick(operations);
    // Of money that moved in part, nobody could say afterwards whether it was right.
    const fitting = operation.name === 'transfer' ? kinds.filter(({ tears }) => !tears) : kinds;
    const isSpared = random.onceIn(SPARED) || lingering !== undefined;
    const kind = isSpared ? undefined : random.weighted(fitting);
    const step = random.integer(0, operation.steps - 1);
    const record = await runOne({ target, db, number, operation, kind, step, lingering, random });
    lingering = kind?.lingers && record.fault === kind.name ? kind.name : undefined;
    records.push(record);
  }
  return { records, left: [] };
}

interface One {
  readonly target: SteeredTarget;
  readonly db: ReturnType<typeof open>;
  readonly number: number;
  readonly operation: Operation;
  readonly kind: FaultKind | undefined;
  readonly step: number;
  /** A fault of the operation before, which may reach this one too. */
  readonly lingering: string | undefined;
  readonly random: Random;
}

async function runOne({ target, db, number, operation, kind, step, lingering, random }: One): Promise<Record> {
  const silence = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isArmed = false;
  const atStep = async (at: number): Promise<void> => {
    if (kind === undefined || at !== step || isArmed) return;
    isArmed = true;
    await target.arm(kind.order(random));
    if (kind.silent) timer = setTimeout(() => silence.abort(), SILENCE_MS);
  };
  const options = { signal: silence.signal, timeoutMs: PATIENCE_MS };
  const ended = await endOf(operation.run({ db, number, atStep, options }));
  clearTimeout(timer);
  const struck = isArmed && ((await target.disarm()) || silence.signal.aborted);
  const abandoned = struck && !isTcp(target.strategy) && (await target.idle());
  const met = struck ? kind : undefined;
  const fault = met?.name ?? lingering;
  return { number, operation, fault, step, tears: met?.tears ?? false, abandoned, ...ended };
}
