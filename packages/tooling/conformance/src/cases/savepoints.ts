import { assert, equal, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { gate } from '../wait.ts';
import { columnOf } from './dialect-sql.ts';

const all = casesOf('savepoints');
const define = (name: string, title: string, run: Case['run']): Case => all(name, title, run, ['transactions']);

/** Nested transactions. */
export const savepoints: readonly Case[] = [
  define('both-commit', 'what a nested transaction wrote is committed with the outer one', async ({ db, table }) => {
    const t = await table('a int');
    await db.transaction(async (tx) => {
      await tx.query(`insert into ${t} values (1)`);
      await tx.transaction((nested) => nested.query(`insert into ${t} values (2)`));
      await tx.query(`insert into ${t} values (3)`);
    });
    equal(await columnOf(db, t, 'a'), [1, 2, 3]);
  }),
  define('inner-fails', 'a nested transaction that fails undoes its own work only', async ({ db, table }) => {
    const t = await table('a int');
    const own = new Error('the nested body’s own');
    await db.transaction(async (tx) => {
      await tx.query(`insert into ${t} values (1)`);
      const nested = tx.transaction(async (inner) => {
        await inner.query(`insert into ${t} values (2)`);
        throw own;
      });
      const thrown = await nested.catch((error: unknown) => error);
      assert(thrown === own, 'the nested transaction must reject with its body’s own error');
      await tx.query(`insert into ${t} values (3)`);
    });
    equal(await columnOf(db, t, 'a'), [1, 3]);
  }),
  define(
    'inner-sql-error',
    'the outer transaction goes on after an SQL error in a nested one',
    async ({ db, table }) => {
      const t = await table('a int primary key');
      await db.transaction(async (tx) => {
        await tx.query(`insert into ${t} values (1)`);
        const nested = tx.transaction(async (inner) => {
          await inner.query(`insert into ${t} values (2)`);
          await inner.query(`insert into ${t} values (1)`);
        });
        await rejects(nested, { code: 'CONSTRAINT', outcome: 'not-applied' });
        await tx.query(`insert into ${t} values (3)`);
      });
      equal(await columnOf(db, t, 'a'), [1, 3]);
    },
  ),
  define('outer-fails', 'an outer transaction that fails undoes its nested ones as well', async ({ db, table }) => {
    const t = await table('a int');
    const work = db.transaction(async (tx) => {
      await tx.transaction((nested) => nested.query(`insert into ${t} values (1)`));
      await tx.query('select no_such_column');
    });
    await rejects(work, { code: 'SYNTAX' });
    equal(await columnOf(db, t, 'a'), []);
  }),
  define('answer', 'a nested transaction answers what its body does', async ({ db }) => {
    const answer = await db.transaction((tx) => tx.transaction((nested) => nested.transaction(async () => 'deep')));
    equal(answer, 'deep');
  }),
  define('deep', 'transactions nest five deep, and each level undoes its own', async ({ db, table }) => {
    const t = await table('a int');
    await db.transaction(async (one) => {
      await one.query(`insert into ${t} values (1)`);
      await one.transaction(async (two) => {
        await two.query(`insert into ${t} values (2)`);
        const failing = two.transaction(async (three) => {
          await three.query(`insert into ${t} values (3)`);
          await three.transaction(async (four) => {
            await four.query(`insert into ${t} values (4)`);
            await four.transaction((five) => five.query(`insert into ${t} values (5)`));
          });
          await three.query('select no_such_column');
        });
        await rejects(failing, { code: 'SYNTAX' });
        equal(await columnOf(two, t, 'a'), [1, 2], 'what is left on the second level');
      });
    });
    equal(await columnOf(db, t, 'a'), [1, 2]);
  }),
  define('one-after-another', 'nested transactions may follow one another', async ({ db, table }) => {
    const t = await table('a int');
    await db.transaction(async (tx) => {
      for (const value of [1, 2, 3, 4]) {
        const nested = tx.transaction(async (inner) => {
          await inner.query(`insert into ${t} values (${value})`);
          if (value % 2 === 0) throw new Error('even');
        });
        await nested.catch(() => {});
      }
    });
    equal(await columnOf(db, t, 'a'), [1, 3]);
  }),
  define('own-rollback', 'a nested body may roll back by itself', async ({ db, table }) => {
    const t = await table('a int');
    await db.transaction(async (tx) => {
      await tx.query(`insert into ${t} values (1)`);
      await tx.transaction(async (nested) => {
        await nested.query(`insert into ${t} values (2)`);
        await nested.rollback();
      });
      await tx.query(`insert into ${t} values (3)`);
    });
    equal(await columnOf(db, t, 'a'), [1, 3]);
  }),
  define('own-commit', 'a nested body may commit by itself, and the outer one still decides', async ({ db, table }) => {
    const t = await table('a int');
    await using tx = await db.begin();
    await tx.transaction(async (nested) => {
      await nested.query(`insert into ${t} values (1)`);
      await nested.commit();
    });
    equal(await columnOf(tx, t, 'a'), [1]);
    await tx.rollback();
    equal(await columnOf(db, t, 'a'), []);
  }),
  define('parent-refuses', 'the parent refuses at once while a nested transaction is open', async ({ db, table }) => {
    const t = await table('a int');
    await db.transaction(async (tx) => {
      await tx.transaction(async (nested) => {
        await rejects(tx.query(`insert into ${t} values (1)`), { code: 'TRANSACTION', outcome: 'not-applied' });
        await rejects(tx.commit(), { code: 'TRANSACTION' });
        await nested.query(`insert into ${t} values (2)`);
      });
      await tx.query(`insert into ${t} values (3)`);
    });
    equal(await columnOf(db, t, 'a'), [2, 3]);
  }),
  define('sibling-refuses', 'a second nested transaction is refused while the first is open', async ({ db, table }) => {
    const t = await table('a int');
    await db.transaction(async (tx) => {
      const { opened, open } = gate();
      const first = tx.transaction(async (nested) => {
        await opened;
        await nested.query(`insert into ${t} values (1)`);
      });
      const second = tx.transaction((nested) => nested.query(`insert into ${t} values (2)`));
      await rejects(second, { code: 'TRANSACTION', outcome: 'not-applied' });
      open();
      await first;
    });
    equal(await columnOf(db, t, 'a'), [1]);
  }),
  define('use-after-body', 'the tx of a nested body is of no use after it', async ({ db }) => {
    await db.transaction(async (tx) => {
      const escaped = await tx.transaction(async (nested) => ({ nested }));
      await rejects(escaped.nested.query('select 1'), { code: 'TRANSACTION', outcome: 'not-applied' });
      await tx.query('select 1');
    });
  }),
  define('options-refused', 'a nested transaction takes no isolation level and no readOnly', async ({ db }) => {
    await db.transaction(async (tx) => {
      await rejects(
        tx.transaction(async () => {}, { isolation: 'serializable' }),
        { code: 'UNSUPPORTED' },
      );
      await rejects(
        tx.transaction(async () => {}, { readOnly: true }),
        { code: 'UNSUPPORTED' },
      );
      await tx.query('select 1');
    });
  }),
  define('error-in-body-and-outer', 'an error that leaves both bodies undoes everything', async ({ db, table }) => {
    const t = await table('a int');
    const work = db.transaction(async (tx) => {
      await tx.query(`insert into ${t} values (1)`);
      await tx.transaction(async (nested) => {
        await nested.query(`insert into ${t} values (2)`);
        await nested.query('select no_such_column');
      });
    });
    await rejects(work, { code: 'SYNTAX', outcome: 'not-applied' });
    equal(await columnOf(db, t, 'a'), []);
  }),
];
