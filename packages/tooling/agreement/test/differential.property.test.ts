import type { Connection } from '@sqlport/core';
import { type Local, startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { comparable, isSkipped } from '../src/differences.ts';
import { type Language, stepsOf } from '../src/random/language.ts';
import { mysql } from '../src/random/mysql.ts';
import { postgres } from '../src/random/postgres.ts';
import { type Engine, open, STRATEGIES, type Strategy } from '../src/sides.ts';
import { type Connections, done, textOf } from '../src/step.ts';

/** `SQLPORT_FUZZ_RUNS=5000 SQLPORT_FUZZ_SEED=2 npm test -- --project agreement -t random` looks further. */
const RUNS = Number(process.env['SQLPORT_FUZZ_RUNS'] ?? 40);
const SEED = Number(process.env['SQLPORT_FUZZ_SEED'] ?? 1);

const LANGUAGES: Readonly<Record<Engine, Language<string>>> = {
  mysql: mysql as unknown as Language<string>,
  postgres: postgres as unknown as Language<string>,
};

/** An adapter on a database of its own, and the TCP adapter on the same. */
interface Side extends Connections {
  readonly strategy: Strategy;
  readonly plain: Connection;
}

describe.each(['mysql', 'postgres'] as const)('random statements on %s', (engine) => {
  const { columns, schema } = LANGUAGES[engine];
  let local: Local;
  let sides: readonly Side[];

  beforeAll(async () => {
    const server = inject('sqlportLocal')[engine];
    local = await startLocal({ postgres: false, mysql: false, [engine]: server });
    // TiDB compares texts by bytes where nothing else is said.
    if (engine === 'mysql') {
      local.endpoints['tidb-serverless'].sessionVariables['collation_connection'] = 'utf8mb4_0900_ai_ci';
    }
    const definitions = columns.map(({ name, type }) => `${name} ${type}`);
    sides = await Promise.all(
      STRATEGIES[engine].map(async (strategy) => {
        const { configs } = await local.createDatabase();
        const options = { int64: 'bigint' } as const;
        const plain = open(STRATEGIES[engine][0], configs, options);
        for (const text of schema) await plain.query(text);
        await plain.query(`create table t (id int primary key, ${definitions.join(', ')})`);
        const texts = open(strategy, configs, { int64: 'string', instants: 'string', json: 'text' });
        return { strategy, plain, db: open(strategy, configs, options), texts };
      }),
    );
  });
  afterAll(async () => {
    await Promise.all(sides?.flatMap(({ db, texts, plain }) => [db.close(), texts.close(), plain.close()]) ?? []);
    await local?.close();
  });

  it('answer the same on every adapter', { timeout: 60_000 + RUNS * 2_000 }, async () => {
    const [tcp, ...others] = sides as readonly [Side, ...Side[]];
    const steps = fc.array(stepsOf(LANGUAGES[engine]), { minLength: 1, maxLength: 10 });
    const property = fc.asyncProperty(steps, async (list) => {
      await Promise.all(sides.map(({ plain }) => emptied(plain)));
      for (const step of list) {
        const text = textOf(step);
        const reference = await done(tcp, step, engine);
        await Promise.all(
          others.map(async (side) => {
            const { strategy } = side;
            if (isSkipped(strategy, text, reference)) return;
            const [here, there] = comparable(strategy, text, await done(side, step, engine), reference);
            expect(here, `${strategy}: ${text} ${fc.stringify(step)}`).toEqual(there);
          }),
        );
      }
      const [kept, ...keptThere] = await Promise.all(
        sides.map(({ plain }) => plain.query('select * from t order by id')),
      );
      for (const there of keptThere) expect(there.rows).toEqual(kept!.rows);
    });
    await fc.assert(property, { numRuns: RUNS, seed: SEED });
  });

  async function emptied(db: Connection): Promise<void> {
    await db.query('delete from t');
    if (engine === 'mysql') await db.query('truncate counted');
  }
});
