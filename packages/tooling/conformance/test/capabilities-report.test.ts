import { expect, test } from 'vitest';
import { capabilitiesReport, type TargetReport } from '../src/index.ts';
import { unopenedTarget } from './unopened.ts';

const { traits } = await unopenedTarget().adapter();

const first: TargetReport = {
  target: 'first',
  dialect: 'postgres',
  traits,
  results: [
    { id: 'query/rows-as-objects', status: 'passed' },
    { id: 'query/one-row', status: 'diverges', reason: 'the wire | cannot' },
    { id: 'streams/interleaved', status: 'skipped', reason: 'needs interleaved streams' },
    { id: 'streams/aborted', status: 'skipped', reason: 'needs incremental streams' },
    // Of the other dialect: no concern of this adapter's.
    { id: 'query/mysql/show', status: 'skipped', reason: 'for mysql only' },
  ],
};
const second: TargetReport = { ...first, target: 'second', results: [{ id: 'query/one-row', status: 'passed' }] };

test('the report counts what passed, by adapter and area', () => {
  const lines = capabilitiesReport([first, second]).split('\n');
  expect(lines).toContain('| area | first | second |');
  expect(lines).toContain('| query | 1 of 2 | 1 of 1 |');
  expect(lines).toContain('| **all** | 1 of 4 | 1 of 1 |');
});

test('the report lists divergences and skips with their reasons', () => {
  const report = capabilitiesReport([first]);
  expect(report).toContain('| first | `query/one-row` | the wire \\| cannot |');
  expect(report).toContain('| first | `streams/interleaved` | needs interleaved streams |');
  expect(report).not.toContain('mysql/show');
});

test('the report shows capabilities', () => {
  expect(capabilitiesReport([first])).toContain('| transactions | yes |');
  expect(capabilitiesReport([first])).toContain('| isolationLevels | read committed |');
});

test('the report is the same whatever order the results came in', () => {
  const shuffled = { ...first, results: [...first.results].reverse() };
  expect(capabilitiesReport([second, shuffled])).toBe(capabilitiesReport([first, second]));
});
