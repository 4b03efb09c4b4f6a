import { describe, expect, test } from 'vitest';
import { type Case, openTarget, runCase } from '../src/index.ts';
import { caseOf, unopenedTarget } from './unopened.ts';

const passing = caseOf(async () => {});
const failing = caseOf(async () => {
  throw new Error('not kept');
});

describe('runCase', () => {
  test('a case that resolves has passed', async () => {
    expect(await runCase(passing, unopenedTarget())).toEqual({ id: 'query/mine', status: 'passed' });
  });

  test('a case that rejects has failed, with the reason', async () => {
    expect(await runCase(failing, unopenedTarget())).toMatchObject({ status: 'failed', reason: 'Error: not kept' });
  });

  test('a listed divergence that fails diverges', async () => {
    const target = unopenedTarget({ divergences: { 'query/mine': 'the wire cannot' } });
    expect(await runCase(failing, target)).toEqual({ id: 'query/mine', status: 'diverges', reason: 'the wire cannot' });
  });

  test('a listed divergence that passes is an error', async () => {
    const target = unopenedTarget({ divergences: { 'query/mine': 'the wire cannot' } });
    expect(await runCase(passing, target)).toMatchObject({ status: 'failed', reason: expect.stringContaining('list') });
  });

  test.each<[Partial<Case>, string]>([
    [{ dialects: ['mysql'] }, 'for mysql only'],
    [{ needs: ['no transactions'] }, 'needs no transactions'],
    [{ needs: ['transactions', 'serializable'] }, 'needs serializable'],
    [{ needs: ['server cancel'] }, 'needs server cancel'],
    [{ needs: ['incremental streams'] }, 'needs incremental streams'],
    [{ needs: ['fault: cut'] }, 'needs fault: cut'],
  ])('%o is skipped: %s', async (rest, reason) => {
    const c = caseOf(failing.run, rest);
    expect(await runCase(c, unopenedTarget())).toEqual({ id: 'query/mine', status: 'skipped', reason });
  });

  test.each<Partial<Case>>([
    { dialects: ['postgres'] },
    { needs: ['transactions', 'read committed', 'a missing isolation level', 'no readers', 'interleaved streams'] },
    { needs: ['fault: cut'] },
  ])('%o runs', async (rest) => {
    const target = unopenedTarget({ faults: { cut: () => ({ adapter: {} as never }) } });
    expect(await runCase(caseOf(passing.run, rest), target)).toMatchObject({ status: 'passed' });
  });

  test('what a case made is ended after it, though it failed', async () => {
    const ended: string[] = [];
    const adapter = unopenedTarget().adapter();
    const target = unopenedTarget({
      faults: { cut: async () => ({ adapter: await adapter, end: () => void ended.push('fault') }) },
    });
    let closed: Promise<unknown> | undefined;
    const c = caseOf(
      async ({ connect, fault }) => {
        const { adapter } = await fault('cut');
        const db = await connect({}, adapter);
        closed = db.close();
        throw new Error('not kept');
      },
      { needs: ['fault: cut'] },
    );
    expect(await runCase(c, target)).toMatchObject({ status: 'failed' });
    await closed;
    expect(ended).toEqual(['fault']);
  });

  test('a fault that a case does not list is refused', async () => {
    const c = caseOf(async ({ fault }) => void (await fault('cut')));
    expect(await runCase(c, unopenedTarget())).toMatchObject({ status: 'failed' });
  });
});

test('openTarget tells the traits before anything is opened', async () => {
  await using opened = await openTarget(unopenedTarget({}, 'mysql'));
  expect(opened.traits.dialect).toBe('mysql');
});
