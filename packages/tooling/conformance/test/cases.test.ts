import { describe, expect, test } from 'vitest';
import { sabotages } from '../src/broken/index.ts';
import { areas, cases } from '../src/index.ts';
import { limitations } from '../src/limited.ts';

const byId = new Map(cases.map((c) => [c.id, c]));

describe('the cases', () => {
  test('are at least 250 for each dialect', () => {
    for (const dialect of ['postgres', 'mysql'] as const) {
      expect(cases.filter(({ dialects }) => dialects?.includes(dialect) ?? true).length).toBeGreaterThan(250);
    }
  });

  test('have ids of their own', () => {
    expect(byId.size).toBe(cases.length);
  });

  test('have ids that begin with their area, and with their dialect where it is one', () => {
    for (const { id, area, dialects = [] } of cases) {
      expect(id).toMatch(new RegExp(`^${[area, ...dialects].join('/')}/[\\w.-]+$`));
    }
  });

  test('say what is promised', () => {
    expect(cases.filter(({ title }) => title.trim() === '')).toEqual([]);
  });

  test.each(areas)('cover %s', (area) => {
    expect(cases.filter((c) => c.area === area).length).toBeGreaterThan(10);
  });
});

describe('broken drivers', () => {
  test('are at least twelve for each dialect', () => {
    for (const dialect of ['postgres', 'mysql'] as const) {
      expect(sabotages.filter(({ caughtBy }) => caughtBy[dialect] !== undefined).length).toBeGreaterThanOrEqual(12);
    }
  });

  test.each(sabotages.map(({ name, caughtBy }) => [name, caughtBy] as const))(
    '%s names cases that exist',
    (_, caughtBy) => {
      expect(Object.keys(caughtBy).length).toBeGreaterThan(0);
      for (const [dialect, id] of Object.entries(caughtBy)) {
        expect(byId.get(id)?.dialects ?? [dialect]).toContain(dialect);
        expect(byId.has(id)).toBe(true);
      }
    },
  );
});

test('limited adapters name cases that exist', () => {
  for (const { proves } of limitations) expect(proves.filter((id) => !byId.has(id))).toEqual([]);
});
