import type { Dialect } from '@sqlport/core';
import { assert, rejects } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';
import { leaksNothing } from '../leaks.ts';

const canary = 'canary@/+:5ecret';

/** A statement whose error holds data, in the server's own words: `[name, what is wrong with it, text, params]`. */
type Telling = readonly [string, string, string, readonly string[]];

const telling: Readonly<Record<Dialect, readonly Telling[]>> = {
  postgres: [
    ['check', 'a check violation', 'insert into {t} (name) values ($1)', [canary.repeat(9)]],
    ['wrong-type', 'a value of the wrong type', 'select $1::int', [canary]],
    ['literal', 'a literal of the wrong type', `select '${canary}'::int`, []],
    ['name', 'an unknown name', `select "${canary}"`, []],
    ['raise', 'an error raised by a block', `do $$ begin raise exception '${canary}'; end $$`, []],
  ],
  mysql: [
    ['check', 'a check violation', 'insert into {t} (name, age) values (?, 0)', [canary]],
    ['too-long', 'a value that is too long', 'insert into {t} (name) values (?)', [canary.repeat(9)]],
    ['wrong-type', 'a value of the wrong type', 'insert into {t} (age) values (?)', [canary]],
    ['literal', 'a literal of the wrong type', `insert into {t} (age) values ('${canary}')`, []],
    ['name', 'an unknown name', `select \`${canary}\``, []],
    ['syntax', 'a mistake in the syntax', `select '${canary}' from from`, []],
    ['raise', 'an error raised by SIGNAL', `signal sqlstate '45000' set message_text = '${canary}'`, []],
  ],
};

const COLUMNS: Readonly<Record<Dialect, string>> = {
  postgres: 'name text check (length(name) < 50)',
  mysql: 'name varchar(50), age int, check (age > 0)',
};

/** What the server says of the data stays out of sight. */
export const errorsUnseen: readonly Case[] = (['postgres', 'mysql'] as const).flatMap((dialect) =>
  telling[dialect].map(([name, what, text, params]) =>
    casesOf('errors', dialect)(
      `${name}-unseen`,
      `the error for ${what} shows nothing of the data`,
      async ({ db, table }) => {
        const t = text.includes('{t}') ? await table(COLUMNS[dialect]) : '';
        const error = await rejects(db.query(text.replace('{t}', t), params), {
          code: ['CONSTRAINT', 'DATA', 'SYNTAX', 'DATABASE'],
        });
        leaksNothing(error, [canary]);
        assert(typeof error.serverMessage === 'string', 'serverMessage holds the server’s words');
      },
    ),
  ),
);
