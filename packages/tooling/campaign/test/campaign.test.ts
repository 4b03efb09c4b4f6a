import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runStrategy } from '../src/campaign.ts';
import { summaryOf } from '../src/report.ts';
import { Servers } from '../src/servers/servers.ts';
import { STRATEGIES } from '../src/strategies.ts';
import { BROKEN } from './broken.ts';

let servers: Servers;
beforeAll(async () => {
  servers = await Servers.start();
}, 120_000);
afterAll(() => servers[Symbol.asyncDispose]());

describe('the short form', () => {
  for (const strategy of STRATEGIES) {
    test(`finds nothing wrong with ${strategy}`, { timeout: 180_000 }, async () => {
      const effort = { alone: 160, storm: 60, aborts: 120, crashes: 60, lanes: 8 };
      const summary = summaryOf(await runStrategy(servers, strategy, { seed: 20_261_126, effort }));
      expect(summary.failures).toEqual([]);
      expect(summary.struck).toBeGreaterThan(100);
    });
  }
});

describe('an adapter that', () => {
  for (const { fault, breaks, only, part, operations, conviction } of BROKEN) {
    test(`${fault} is convicted`, { timeout: 120_000 }, async () => {
      const effort = { alone: 0, storm: 0, aborts: 0, crashes: 0, lanes: 2, [part]: operations };
      const { failures } = summaryOf(await runStrategy(servers, 'iam-pg', { seed: 1, effort, change: breaks, only }));
      expect(failures.filter((failure) => conviction.test(failure))).not.toEqual([]);
    });
  }
});
