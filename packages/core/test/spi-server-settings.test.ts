import { expect, it } from 'vitest';
import { ServerSettings } from '../src/spi/index.ts';
import { errorOf, failOnUnhandledRejections, failure } from './expectations.ts';

failOnUnhandledRejections();

type Need = 'a' | 'b';
const CURES = { a: 'Set a.', b: 'Set b.' };
const RELIANCES = [
  { need: 'a', type: /^x$/, shows: (value: unknown) => value !== null },
  { need: 'b', type: /^y$/, shows: (value: unknown) => value === 'b' },
] as const;

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
  await Promise.all([checked.check(['a'], undefined, 'not-applied'), checked.check(['b'], undefined, 'applied')]);
  await checked.check(['a', 'b'], undefined, 'not-applied');
  expect(counted.asked).toBe(1);
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

it('asks for what the values of a result need, and looks at none once all is met', async () => {
  const { checked, counted } = settings({ a: true, b: false }, { a: true, b: false }, { a: true, b: true });
  const columns = ['x', 'y', 'z'].map((type) => ({ name: type, type }));
  const check = (...rows: unknown[][]) => checked.checkResult(RELIANCES, { columns, rows }, undefined);
  await check([null, 'a', 'b']);
  expect(counted.asked).toBe(0);
  await check([null, 'a', 'b'], [1, 'a', 'b']);
  expect(counted.asked).toBe(1);
  expect(await errorOf(check([1, 'b', 'b']))).toMatchObject({ code: 'CONFIG', outcome: 'applied', message: 'Set b.' });
  await checked.check(['b'], undefined, 'not-applied');
  await check(new Proxy([], { get: () => expect.fail('a value was looked at') }));
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
