import { moveOf } from './ledger/operation.ts';
import type { Record } from './ledger/record.ts';
import { Random } from './random.ts';
import type { Change } from './strategies.ts';

/** Names of operations and of kinds of fault. Left out: all. */
export interface Only {
  readonly operations?: readonly string[];
  readonly faults?: readonly string[];
}

/** What a part of the campaign is to run. */
export interface PartOptions {
  readonly seed: number;
  /** Numbers of the first and the last operation. */
  readonly from: number;
  readonly to: number;
  /** Breaks the adapter on purpose. */
  readonly change?: Change | undefined;
  /** What to draw from. */
  readonly only?: Only | undefined;
}

/** What came of a part of the campaign. */
export interface PartFindings {
  readonly records: readonly Record[];
  /** What is wrong when it is over and nothing was closed yet, in words. */
  readonly left: readonly string[];
}

/** The moves of a seed: the same for whoever runs it and whoever judges it. */
export const movesOf = (seed: number) => (number: number) => moveOf(new Random(seed, number, 1));

/** Those of some names; all of them where no names are given. */
export function chosen<T extends { readonly name: string }>(all: readonly T[], names: readonly string[] | undefined) {
  return names === undefined ? all : all.filter(({ name }) => names.includes(name));
}
