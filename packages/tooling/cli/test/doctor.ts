import { expect } from 'vitest';
import type { Fixture, RunOptions } from './fixture.ts';

/** A check as `doctor --json` tells it. */
export interface Check {
  readonly name: string;
  readonly status: string;
  readonly detail: string;
  readonly cures?: readonly string[];
  readonly durationMs: number;
}

/** What a run of `doctor` found. */
export interface Diagnosis {
  readonly code: number | null;
  readonly checks: readonly Check[];
  /** The first that failed. */
  readonly failed: Check | undefined;
  /** The names of those that were skipped. */
  readonly skipped: readonly string[];
  readonly output: string;
}

/** Runs `sqlport doctor --json`. */
export async function doctor(
  fixture: Fixture,
  url: string,
  args: readonly string[] = [],
  env: NonNullable<RunOptions['env']> = {},
): Promise<Diagnosis> {
  const { code, stdout, stderr } = await fixture.run(['doctor', url, '--json', ...args], { env });
  const { checks } = JSON.parse(stdout) as { readonly checks: readonly Check[] };
  return {
    code,
    checks,
    failed: checks.find(({ status }) => status === 'failed'),
    skipped: checks.filter(({ status }) => status === 'skipped').map(({ name }) => name),
    output: stdout + stderr,
  };
}

/** The check that failed, what it said, and the first cure that it gave. */
export function expectFailure(failed: Check | undefined, name: string, detail: RegExp, cure?: RegExp): void {
  expect(failed).toMatchObject({ name, detail: expect.stringMatching(detail) });
  if (cure) expect(failed?.cures?.[0]).toMatch(cure);
}
