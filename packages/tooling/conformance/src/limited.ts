import type { Adapter } from '@sqlport/core';
import type { Driver } from '@sqlport/core/spi';
import { wrapAdapter } from './wrap-adapter.ts';

/** An adapter from which a capability was taken, to see that core refuses it clearly or builds it from the rest. */
export interface Limitation {
  readonly name: string;
  limits(adapter: Adapter): Adapter;
  /** Ids of cases that must pass then. */
  readonly proves: readonly string[];
}

/** One for each capability that an adapter may lack. */
export const limitations: readonly Limitation[] = [
  {
    name: 'no-transactions',
    limits: (adapter) => without(adapter, ['begin'], { transactions: false, isolationLevels: [] }),
    proves: ['transactions/refused', 'query/rows-as-objects', 'errors/unique'],
  },
  {
    name: 'one-isolation-level',
    limits: (adapter) => wrapAdapter(adapter, () => ({}), { isolationLevels: ['read committed'] }),
    proves: ['isolation/missing-level', 'isolation/commits-read-committed'],
  },
  {
    name: 'no-batch',
    limits: (adapter) => without(adapter, ['batch', 'executeMany']),
    proves: ['batch/results-in-order', 'batch/atomic', 'batch/many-atomic', 'batch/concurrent'],
  },
  {
    name: 'buffered-streams',
    limits: (adapter) => without(adapter, ['stream'], { streams: 'buffered', interleavedStreams: true }),
    proves: ['streams/rows-0-by-default', 'streams/rows-25-by-10', 'streams/left-early', 'streams/aborted-before'],
  },
  {
    name: 'no-interleaved-streams',
    limits: (adapter) => wrapAdapter(adapter, () => ({}), { interleavedStreams: false }),
    proves: ['streams/not-interleaved', 'streams/in-transaction'],
  },
  {
    name: 'no-readers',
    limits: (adapter) => wrapAdapter(adapter, () => ({}), { readers: false }),
    proves: ['isolation/reader-is-a-hint'],
  },
  {
    name: 'no-server-cancel',
    limits: (adapter) => wrapAdapter(adapter, () => ({}), { serverCancel: false }),
    proves: ['abort/during', 'abort/time-out'],
  },
];

function without(
  adapter: Adapter,
  methods: readonly (keyof Driver)[],
  traits: Partial<Adapter['traits']> = {},
): Adapter {
  const removed = Object.fromEntries(methods.map((name) => [name, undefined]));
  return wrapAdapter(adapter, () => removed as Partial<Driver>, traits);
}
