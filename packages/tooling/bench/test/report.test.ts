import { expect, test } from 'vitest';
import type { Case } from '../src/case.ts';
import { markdownOf, tableOf } from '../src/report.ts';

const selects: Case = { name: 'select', title: 'One row', goal: 'no slower', measure: async () => ({}) };
const even = { low: 0.9, median: 1.25, high: 1.4 };
const result = {
  case: selects,
  findings: {
    comparisons: [
      { subject: 'MySQL', other: 'pool.query', wall: even, cpu: even, reached: true },
      { subject: 'MySQL', other: 'pool.execute', wall: even, cpu: even },
    ],
  },
};

test('the page has one row for each comparison, with the spread and whether the goal was reached', () => {
  expect(markdownOf(result)).toBe(`### One row

Goal: no slower.

|       | against      | time               | CPU                | goal    |
| ----- | ------------ | ------------------ | ------------------ | ------- |
| MySQL | pool.query   | 1.25 (0.90 – 1.40) | 1.25 (0.90 – 1.40) | reached |
| MySQL | pool.execute | 1.25 (0.90 – 1.40) | 1.25 (0.90 – 1.40) |         |`);
});

test('the terminal shows what was measured and is no ratio, and that a goal was missed', () => {
  const figures = [{ subject: 'core', value: '9.1 kB', reached: false }];
  expect(tableOf({ case: selects, findings: { figures } })).toMatch(/core\s+│ 9\.1 kB\s+│ missed/);
});
