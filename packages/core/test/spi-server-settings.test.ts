import { describe, expect, it } from 'vitest';
import { ConnectorError, ServerSettings } from '../src/spi/index.ts';

type Need = 'a' | 'b' | 'c';

/** Settings of a server that meets what is in `met`; `c` is of no interest. */
function settings(met: Set<Need>) {
  let asked = 0;
  let failure: unknown;
  const checked = new ServerSettings<Need>(
    async () => {
      asked++;
      if (failure !== undefined) throw failure;
      return new Set(met);
    },
    { a: 'Set a.', b: 'Set b.' },
  );
  return {
    checked,
    asked: () => asked,
    fail: (error: unknown) => {
      failure = error;
    },
  };
}

describe('the settings of a server', () => {
  it('are asked for once, when something needs them', async () => {
    const { checked, asked } = settings(new Set(['a', 'b']));
    await checked.check([], undefined, 'not-applied');
    expect(asked()).toBe(0);
    await Promise.all([checked.check(['a'], undefined, 'not-applied'), checked.check(['b'], undefined, 'applied')]);
    await checked.check(['a', 'b'], undefined, 'applied');
    expect(asked()).toBe(1);
    expect([checked.isMet('a'), checked.isMet('b')]).toEqual([true, true]);
  });

  it('say what to set, with the outcome of the statement, and are asked for again until that is done', async () => {
    const met = new Set<Need>(['a']);
    const { checked, asked } = settings(met);
    const unmet = { code: 'CONFIG', message: 'Set b.', outcome: 'applied' };
    await expect(checked.check(['a', 'b'], undefined, 'applied')).rejects.toMatchObject(unmet);
    met.add('b');
    await checked.check(['b'], undefined, 'applied');
    expect(asked()).toBe(2);
  });

  it('do not matter where nothing is to be set', async () => {
    const { checked, asked } = settings(new Set());
    await checked.check(['c'], undefined, 'not-applied');
    expect([asked(), checked.isMet('c')]).toEqual([0, true]);
  });

  it('that cannot be asked for say so with the outcome of the statement, and are asked for at the next need', async () => {
    const { checked, fail } = settings(new Set(['a']));
    fail(new ConnectorError('UNREACHABLE', 'Gone.', { outcome: 'unknown' }));
    const failed = { code: 'UNREACHABLE', outcome: 'applied' };
    await expect(checked.check(['a'], undefined, 'applied')).rejects.toMatchObject(failed);
    fail(undefined);
    await checked.check(['a'], undefined, 'applied');
  });

  it('hold up nobody who has given up', async () => {
    const checked = new ServerSettings<Need>(() => new Promise(() => {}), { a: 'Set a.' });
    const caller = new AbortController();
    const waiting = checked.check(['a'], caller.signal, 'not-applied');
    caller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
  });
});
