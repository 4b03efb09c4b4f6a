import { connect } from '@sqlport/core';
import { isConnectorError } from '@sqlport/core/spi';
import { type Check, type Checked, failed, ok, runChecks } from '../doctor/check.ts';
import { tellCheck, tellSummary } from '../doctor/report.ts';
import { serverChecks } from '../doctor/server.ts';
import { EXIT } from '../exit-code.ts';
import { printJson } from '../output.ts';
import type { Target } from '../strategies/target.ts';
import { type TargetOptions, targetOf } from '../target.ts';

export interface DoctorOptions extends TargetOptions {
  readonly json?: boolean;
}

/** `sqlport doctor <url>`: what works on the way to a database, and what to do about the first thing that does not. */
export async function doctor(url: string, options: DoctorOptions): Promise<number> {
  let target: Target | undefined;
  const configuration: Check = {
    name: 'configuration',
    needs: [],
    async run() {
      try {
        target = await targetOf(url, options);
      } catch (error) {
        return isConnectorError(error) ? failed(error.message) : Promise.reject(error);
      }
      if (target.configurationFault !== undefined) return failed(target.configurationFault);
      return ok(
        Object.entries(target.summary)
          .map(([name, value]) => `${name} ${value}`)
          .join(', '),
      );
    },
  };
  const show = options.json ? async () => {} : tellCheck;
  const checked: Checked[] = await runChecks([configuration], show);
  if (target !== undefined && checked[0]!.status === 'ok') checked.push(...(await checkTarget(target, show)));
  const isWell = checked.every(({ status }) => status !== 'failed');
  if (options.json) {
    await printJson({ ok: isWell, ...(target && { target: target.summary }), checks: checked.map(rounded) });
  } else {
    await tellSummary(checked);
  }
  return isWell ? EXIT.done : EXIT.failed;
}

async function checkTarget(target: Target, show: (checked: Checked) => Promise<void>): Promise<readonly Checked[]> {
  // What is wrong must show at once; and what is retried by itself is no fault, but worth knowing.
  await using db = connect(target.adapter, { retry: false });
  const before = target.checks.map(({ name }) => name);
  return await runChecks([...target.checks, ...serverChecks(target, db, before)], show);
}

function rounded(checked: Checked): Checked {
  return { ...checked, durationMs: Math.round(checked.durationMs * 10) / 10 };
}
