import { describe, expect, test } from 'vitest';
import { compare, compared, orderOf } from '../src/compare.ts';

const effort = { budgetMs: 1, leastRounds: 3, streamRows: [1, 2] } as const;

describe('compared', () => {
  test('gives the middle of the ratios within each round, above 1 where ours is the faster', () => {
    const rounds = [1, 2, 3].map((pace) => [
      { wallMs: 10 * pace, cpuMs: 4 * pace },
      { wallMs: 20 * pace, cpuMs: 2 * pace },
    ]);
    const [comparison] = compared('PostgreSQL', ['raw'], rounds);
    expect(comparison).toMatchObject({ subject: 'PostgreSQL', other: 'raw' });
    expect(comparison!.wall).toEqual({ low: 2, median: 2, high: 2 });
    expect(comparison!.cpu).toEqual({ low: 0.5, median: 0.5, high: 0.5 });
  });

  test('is not moved by one slow round', () => {
    const side = (wallMs: number) => ({ wallMs, cpuMs: 1 });
    const rounds = [...Array.from({ length: 9 }, () => [side(10), side(15)]), [side(1_000), side(15)]];
    expect(compared('', ['raw'], rounds)[0]!.wall.median).toBe(1.5);
  });
});

describe('orderOf', () => {
  test.each([2, 3])('lets each of %i sides begin and end equally often', (sides) => {
    const orders = Array.from({ length: 2 * sides }, (_, round) => orderOf(sides, round));
    for (const place of [0, sides - 1]) {
      const there = orders.map((order) => order[place]);
      for (let side = 0; side < sides; side++) expect(there.filter((each) => each === side)).toHaveLength(2);
    }
  });
});

describe('compare', () => {
  test('runs every side equally often, and in turn', async () => {
    const calls: string[] = [];
    const side = (name: string) => async () => calls.push(name) && 1;
    const [first, second] = await compare('x', { ours: side('ours'), others: { a: side('a'), b: side('b') } }, effort);
    expect([first!.other, second!.other]).toEqual(['a', 'b']);
    const count = (name: string) => calls.filter((call) => call === name).length;
    expect(count('a')).toBe(count('b'));
    expect(count('ours')).toBe(count('a'));
  });

  test('refuses sides that do not do the same', async () => {
    const comparison = compare('x', { ours: async () => 1, others: { raw: async () => 2 } }, effort);
    await expect(comparison).rejects.toThrow('did not do the same: 1, 2');
  });
});
