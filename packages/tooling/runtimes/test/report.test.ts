import { describe, expect, test } from 'vitest';
import { report } from '../src/report.ts';
import { faultsOf, type Run } from '../src/run.ts';

const run = (over: Partial<Run>): Run => ({ name: 'Node', version: '1.2.3', strategy: 'iam-pg', results: [], ...over });

describe('the table', () => {
  test('counts what passed of what ran', () => {
    const results = [
      { id: 'a', status: 'passed' },
      { id: 'b', status: 'skipped', reason: 'needs c' },
      { id: 'c', status: 'diverges', reason: 'the wire cannot' },
    ] as const;
    expect(report([run({ results })])).toContain('| Node | 1.2.3 | iam-pg | 1 of 2 |');
  });

  test('tells where a runtime differs, and not where the strategy does', () => {
    const results = [
      { id: 'bad-input/connect-unreachable', status: 'diverges', reason: 'says the same' },
      { id: 'query/rows-matched', status: 'diverges', reason: 'the wire cannot' },
    ] as const;
    const text = report([run({ name: 'workerd', strategy: 'tidb-serverless', results })]);
    expect(text).toContain('| workerd | tidb-serverless | `bad-input/connect-unreachable` | says the same |');
    expect(text).not.toContain('query/rows-matched');
  });

  test('has every example, and which scripts of its own ran', () => {
    const text = report([]);
    expect(text).toContain('| [third-party-adapter](../examples/third-party-adapter) | `types`, `test` |');
    expect(text).not.toContain('examples/demo');
  });

  test('tells what does not run, and why', () => {
    const text = report([run({ name: 'workerd', impossible: 'no TLS' })]);
    expect(text).toContain('| workerd | 1.2.3 | iam-pg | does not run |');
    expect(text).toContain('| workerd | iam-pg | no TLS |');
  });
});

describe('a run is at fault', () => {
  test('for each case that failed', () => {
    const results = [
      { id: 'a', status: 'failed', reason: 'because' },
      { id: 'b', status: 'diverges', reason: 'listed' },
    ] as const;
    expect(faultsOf(run({ results }))).toEqual(['a: because']);
  });

  test('when it passes what is listed as impossible', () => {
    const impossible = 'no TLS';
    expect(faultsOf(run({ impossible, results: [{ id: 'a', status: 'failed' }] }))).toEqual([]);
    expect(faultsOf(run({ impossible, results: [{ id: 'a', status: 'passed' }] }))).toHaveLength(1);
    expect(faultsOf(run({ impossible, results: [] }))).toHaveLength(1);
  });
});
