/** - `unknown`: could not be found out, which need not be bad. - `skipped`: something that it needs has failed. */
export type Status = 'ok' | 'warning' | 'failed' | 'unknown' | 'skipped';

/** What a check found. Never holds a secret. */
export interface Finding {
  readonly status: Status;
  readonly detail: string;
  /** What to do about it, the likeliest first. */
  readonly cures?: readonly string[];
}

/** One thing that `doctor` looks at. */
export interface Check {
  readonly name: string;
  /** Names of checks without which this one makes no sense. */
  readonly needs: readonly string[];
  /** Resolves with what was found, whatever that is; rejecting is a fault of the check. */
  run(): Promise<Finding>;
}

/** A check that was made, or skipped. */
export interface Checked extends Finding {
  readonly name: string;
  readonly durationMs: number;
}

/** Makes the checks one after another, and hands each to `tell` as soon as it is known. */
export async function runChecks(
  checks: readonly Check[],
  tell: (checked: Checked) => Promise<void>,
): Promise<Checked[]> {
  const done: Checked[] = [];
  for (const check of checks) {
    const checked = await make(check, done);
    done.push(checked);
    await tell(checked);
  }
  return done;
}

async function make(check: Check, before: readonly Checked[]): Promise<Checked> {
  const { name, needs } = check;
  const missing = before.find((each) => needs.includes(each.name) && ['failed', 'skipped'].includes(each.status));
  if (missing !== undefined) {
    return { name, status: 'skipped', durationMs: 0, detail: `needs "${missing.name}"` };
  }
  const startedAt = performance.now();
  const finding = await check.run().catch((error: Error): Finding => {
    return { status: 'failed', detail: `${error.name}: ${error.message}` };
  });
  return { name, ...finding, durationMs: performance.now() - startedAt };
}

export const ok = (detail: string): Finding => ({ status: 'ok', detail });
export const unknown = (detail: string): Finding => ({ status: 'unknown', detail });
export const warning = (detail: string, ...cures: readonly string[]): Finding => ({ status: 'warning', detail, cures });
export const failed = (detail: string, ...cures: readonly string[]): Finding => ({ status: 'failed', detail, cures });
