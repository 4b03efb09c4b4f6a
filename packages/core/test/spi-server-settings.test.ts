import { expect, it } from 'vitest';
import { ServerSettings } from '../src/spi/index.ts';
import { errorOf, failOnUnhandledRejections, failure } from './expectations.ts';

failOnUnhandledRejections();

type Need = 'a' | 'b';
const CURES = { a: 'Set a.', b: 'Set b.' };

/** Settings of a server that answers these, one after the other; an error is what asking runs into. */
function settings(...answers: (Record<Need, boolean> | Error)[]) {
  const counted = { asked: 0 };
  const checked = new ServerSettings<Need>(async () => {
    const answer = answers[counted.asked++] ?? new Error('asked once too often');
    if (answer instanceof Error) throw answer;
    return answer;
  }, CURES);
  return { checked, counted };
}

it('asks when something is needed, once, for whoever needs it at the same time', async () => {
  const { checked, counted } = settings({ a: true, b: true });
  await checked.check([], undefined, 'not-applied');
  expect(counted.asked).toBe(0);
  expect(checked.isMet('a')).toBe(false);
  await Promise.all([checked.check(['a'], undefined, 'not-applied'), checked.check(['b'], undefined, 'applied')]);
  await checked.check(['a', 'b'], undefined, 'not-applied');
  expect(counted.asked).toBe(1);
  expect(checked.isMet('a')).toBe(true);
});

it('says what to set, and asks again until it is right', async () => {
  const { checked, counted } = settings({ a: true, b: false }, { a: true, b: true });
  expect(await errorOf(checked.check(['a', 'b'], undefined, 'applied'))).toMatchObject({
    code: 'CONFIG',
    outcome: 'applied',
    message: 'Set b.',
  });
  await checked.check(['a'], undefined, 'not-applied');
  expect(counted.asked).toBe(1);
  await checked.check(['b'], undefined, 'not-applied');
  expect(counted.asked).toBe(2);
});

it('gives what asking ran into the outcome of the statement, and asks again', async () => {
  const { checked } = settings(failure('UNREACHABLE', 'unknown'), { a: true, b: true });
  const error = await errorOf(checked.check(['a'], undefined, 'not-applied'));
  expect(error).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
  await checked.check(['a'], undefined, 'not-applied');
});

it('ends the waiting of who gives up, and nobody else’s', async () => {
  const { checked } = settings({ a: true, b: true });
  const other = checked.check(['a'], undefined, 'not-applied');
  const error = await errorOf(checked.check(['a'], AbortSignal.abort(), 'applied'));
  expect(error).toMatchObject({ code: 'ABORTED', outcome: 'applied' });
  await other;
});
