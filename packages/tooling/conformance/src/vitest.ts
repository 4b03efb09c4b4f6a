import { mkdirSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import type { Adapter } from '@sqlport/core';
import { afterAll, describe, test } from 'vitest';
import { sabotages } from './broken/index.ts';
import type { TargetReport } from './capabilities-report.ts';
import type { Area, Case } from './case.ts';
import { cases } from './cases/index.ts';
import { limitations } from './limited.ts';
import { type CaseResult, openTarget, runCase } from './run-case.ts';
import type { Target } from './target.ts';
import { unmetNeed } from './unmet-need.ts';

export {
  type ClusterUnderTest,
  defineFailoverChecks,
  type FailoverTarget,
  type ReadersChange,
} from './failover-checks.ts';
export { defineProcessChecks, type ProcessTarget, runProgram } from './process-checks.ts';
export { defineProxyChecks, type ProxyTarget, type ProxyUnderTest } from './proxy-checks.ts';
export { defineThawChecks, type RelayUnderTest, type ThawTarget } from './thaw-checks.ts';

/** Options of {@link defineConformance}. */
export interface ConformanceOptions {
  /**
   * A folder for `<target>.json`, the results as `scripts/capabilities.ts` reads them. Written when every case was
   * run; left out: nothing is written.
   */
  readonly reportTo?: string | URL;
  /** The areas to run. Left out: all. */
  readonly areas?: readonly Area[];
}

/** Defines a vitest test for each case that concerns the target's dialect. Call it at the top level of a test file. */
export function defineConformance(
  given: Target | (() => Target | Promise<Target>),
  { reportTo, areas }: ConformanceOptions = {},
): void {
  describe('conformance', async () => {
    const target = typeof given === 'function' ? await given() : given;
    const known = cases.filter(({ dialects }) => dialects?.includes(target.dialect) ?? true);
    const chosen = known.filter(({ area }) => areas?.includes(area) ?? true);
    const results: CaseResult[] = [];
    let opened: ReturnType<typeof openTarget> | undefined;

    for (const c of chosen) {
      test(`${c.id}: ${c.title}`, { timeout: 40_000 }, async ({ skip }) => {
        opened ??= openTarget(target);
        const result = await (await opened).run(c);
        results.push(result);
        if (result.status === 'skipped') skip(result.reason);
        if (result.status === 'failed') throw result.error;
      });
    }

    test('every listed divergence is a case', ({ expect }) => {
      const ids = known.map(({ id }) => id);
      expect(Object.keys(target.divergences ?? {}).filter((id) => !ids.includes(id))).toEqual([]);
    });

    afterAll(async () => {
      if (opened === undefined) return;
      const { traits } = await opened;
      await (await opened)[Symbol.asyncDispose]();
      if (reportTo === undefined || results.length < known.length) return;
      const { name, dialect } = target;
      const stripped = results.map(({ id, status, reason }) => ({
        id,
        status,
        ...(reason !== undefined && { reason }),
      }));
      write(reportTo, { target: name, dialect, traits, results: stripped });
    });
  });
}

/**
 * Tests the suite itself over a target: each deliberately broken driver must fail the case that names its fault, and
 * what an adapter leaves out must be refused clearly or built from the rest.
 */
export function defineSuiteChecks(target: Target): void {
  const caseOf = (id: string): Case => {
    const found = cases.find((c) => c.id === id);
    if (found === undefined) throw new Error(`There is no case ${id}.`);
    return found;
  };
  const changed = (change: (adapter: Adapter) => Adapter): Target => {
    const faults = Object.entries(target.faults ?? {}).map(([name, bring]) => [
      name,
      async () => {
        const setup = await bring();
        return { ...setup, adapter: change(setup.adapter) };
      },
    ]);
    return { ...target, adapter: async () => change(await target.adapter()), faults: Object.fromEntries(faults) };
  };

  describe('broken drivers', () => {
    for (const { name, fault, needs, breaks, caughtBy } of sabotages) {
      const id = caughtBy[target.dialect];
      if (id === undefined) continue;
      test(`${name}: ${id} notices a driver that ${fault}`, { timeout: 60_000 }, async ({ expect, skip }) => {
        const { traits } = await target.adapter();
        const unmet = unmetNeed({ needs: needs ?? [] }, target, traits);
        if (unmet !== undefined) skip(unmet);
        const healthy = await runCase(caseOf(id), target);
        if (healthy.status === 'skipped' || healthy.status === 'diverges') skip(healthy.reason);
        expect(healthy.error).toBeUndefined();
        expect((await runCase(caseOf(id), changed(breaks))).status).toBe('failed');
      });
    }
  });

  describe('limited adapters', () => {
    for (const { name, limits, proves } of limitations) {
      test(`${name}: ${proves.join(', ')}`, { timeout: 60_000 }, async ({ expect }) => {
        for (const id of proves) expect(await runCase(caseOf(id), changed(limits))).toEqual({ id, status: 'passed' });
      });
    }
  });
}

function write(folder: string | URL, report: TargetReport): void {
  const base = typeof folder === 'string' ? pathToFileURL(`${folder}/`) : folder;
  mkdirSync(base, { recursive: true });
  writeFileSync(new URL(`${report.target}.json`, base), `${JSON.stringify(report, null, 1)}\n`);
}
