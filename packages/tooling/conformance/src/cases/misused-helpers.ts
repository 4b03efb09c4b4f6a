import { connect as connectTo, sql } from '@sqlport/core';
import { throws } from '../assert.ts';
import { type Case, casesOf } from '../case.ts';

const define = casesOf('bad-input');

/** What the helpers of the sql tag, and connect(), refuse at once. */
export const misusedHelpers: readonly Case[] = [
  define('empty-list', 'sql.list of nothing is DATA', async () => void throws(() => sql.list([]), { code: 'DATA' })),
  define(
    'empty-values',
    'sql.values of nothing is DATA',
    async () => void throws(() => sql.values([]), { code: 'DATA' }),
  ),
  define(
    'ragged-values',
    'sql.values with rows of several lengths is DATA',
    async () => void throws(() => sql.values([[1], [1, 2]]), { code: 'DATA' }),
  ),
  define(
    'called-tag',
    'sql called as a function is DATA',
    async () => void throws(() => sql('select 1' as never), { code: 'DATA' }),
  ),
  define(
    'empty-identifier',
    'an empty identifier is DATA',
    async () => void throws(() => sql.identifier(''), { code: 'DATA' }),
  ),
  define(
    'nul-identifier',
    'an identifier with a NUL is DATA',
    async () => void throws(() => sql.identifier('a\0b'), { code: 'DATA' }),
  ),
  define(
    'json-undefined',
    'sql.json of undefined is DATA',
    async () => void throws(() => sql.json(undefined), { code: 'DATA' }),
  ),
  define('json-cycle', 'sql.json of a cycle is DATA', async () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    throws(() => sql.json(cycle), { code: 'DATA' });
  }),
  define('json-bigint', 'sql.json of a bigint is DATA', async () => void throws(() => sql.json(1n), { code: 'DATA' })),
  define(
    'text-in-tag',
    'sql.text inside a tag is DATA',
    async () => void throws(() => sql`select ${sql.text('select 1')}`, { code: 'DATA' }),
  ),
  define(
    'no-adapter',
    'connect() of something else is CONFIG',
    async () => void throws(() => connectTo({} as never), { code: 'CONFIG' }),
  ),
  ...[{ int64: 'float' }, { instants: 1 }, { json: 'xml' }, { retry: { attempts: 'x' } }, { colour: 'red' }].map(
    (options) =>
      define(
        `option-${Object.keys(options)[0]}`,
        `connect() with ${JSON.stringify(options)} is CONFIG`,
        async ({ adapter }) => {
          const real = await adapter();
          throws(() => connectTo(real, options as never), {
            code: 'CONFIG',
            message: new RegExp(Object.keys(options)[0] as string),
          });
        },
      ),
  ),
];
