import type { Adapter, Dialect } from '@sqlport/core';
import type { Case, Target } from '../src/index.ts';

/** A target for cases that do not touch the database. */
export function unopenedTarget(rest: Partial<Target> = {}, dialect: Dialect = 'postgres'): Target {
  const adapter: Adapter = {
    specVersion: 1,
    name: 'unopened',
    traits: {
      dialect,
      transactions: true,
      isolationLevels: ['read committed'],
      streams: 'buffered',
      interleavedStreams: true,
      serverCancel: false,
      readers: false,
    },
    open: () => Promise.reject(new Error('This adapter has no database.')),
  };
  return { name: 'unopened', dialect, adapter: () => adapter, ...rest };
}

/** A case that runs nothing but `run`. */
export function caseOf(run: Case['run'], rest: Partial<Case> = {}): Case {
  return { id: 'query/mine', area: 'query', title: 'mine', run, ...rest };
}
