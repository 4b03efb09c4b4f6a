import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture, failure, run, value } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start({}, { ownServer: true });
});
afterAll(() => fixture.stop());

describe('a statement that is too long for the server', () => {
  const text = 'SELECT LENGTH(?)';
  const parameterFor = (bytes: number) => 'x'.repeat(bytes - "SELECT LENGTH('')".length);

  it.each([4, 40])(
    'is refused before it is sent, and one of nearly max_allowed_packet runs: %i MiB',
    async (mebibytes) => {
      const limit = mebibytes * 1024 * 1024;
      await fixture.ask('SET GLOBAL max_allowed_packet = ?', [limit]);
      const single = await fixture.open({ max: 1 });
      const id = await value(single, 'SELECT CONNECTION_ID()');
      const error = await failure(run(single, text, [parameterFor(limit - 8)]));
      expect(error).toMatchObject({ code: 'DATA', outcome: 'not-applied' });
      expect(error.message).toContain('max_allowed_packet');
      const longest = parameterFor(limit - 16);
      expect(await value(single, text, [longest])).toBe(longest.length);
      expect(await value(single, 'SELECT CONNECTION_ID()')).toBe(id);
    },
  );
});
