import { type Connection, defineConnector, sql } from '@sqlport/core';
import { assert, equal, rejects, throws } from '../assert.ts';
import { type Case, casesOf, type Need } from '../case.ts';
import type { CaseContext } from '../context.ts';
import { leaksNothing } from '../leaks.ts';

const all = casesOf('bad-input');
const define = (name: string, title: string, run: Case['run'], ...more: Need[]): Case =>
  all(name, title, run, ['adapter module', ...more]);

const canary = 'canary-9d1c';

/** Ends of URLs, after `scheme://`, that are refused: `[name, promise, rest]`. */
const refusedUrls: readonly (readonly [string, string, string])[] = [
  ['unknown-key', 'an unknown key', `app:${canary}@localhost/shop?colour=red`],
  ['repeated-key', 'a key given twice', `app:${canary}@localhost/shop?max=1&max=2`],
  ['wrong-number', 'a number that is none', `app:${canary}@localhost/shop?max=many`],
  ['at-in-password', 'a password with a bare @', `app:${canary}@x@localhost/shop`],
  ['slash-in-password', 'a password with a bare /', `app:${canary}/x@localhost/shop`],
  ['hash-in-password', 'a password with a bare #', `app:${canary}#x@localhost/shop`],
  ['question-in-password', 'a password with a bare ?', `app:${canary}?x@localhost/shop`],
  ['percent-in-password', 'a password with a bare %', `app:${canary}%zz@localhost/shop`],
  ['space-in-password', 'a password with a space', `app:${canary} x@localhost/shop`],
  ['no-host', 'no host', `app:${canary}@/shop`],
  ['port', 'a port that is none', `app:${canary}@localhost:99999/shop`],
  ['fragment', 'a fragment', `app:${canary}@localhost/shop#x`],
  ['trust-ca', 'a certificate authority, which no URL may decide', `app:${canary}@localhost/shop?ca=x`],
  ['trust-tls', 'a switch for TLS, which no URL may decide', `app:${canary}@localhost/shop?tls=insecure-disabled`],
  ['trust-signing-host', 'a signing host, which no URL may decide', `app:${canary}@localhost/shop?signingHost=x`],
];

/** Opens by `defineConnector`, with the target's adapter as the only one. */
function opening({ module, db }: CaseContext, configuration: unknown): Promise<Connection> {
  const { adapter, fromUrl } = module;
  const open = defineConnector({ [db.adapter]: async () => ({ adapter, fromUrl: fromUrl as () => never }) });
  return open(configuration as undefined);
}

/** Configurations and URLs. */
export const configuration: readonly Case[] = [
  ...refusedUrls.map(([name, what, rest]) =>
    define(`url-${name}`, `a URL with ${what} is CONFIG, and the error does not repeat it`, async (context) => {
      const error = await rejects(opening(context, `${context.db.adapter}://${rest}`), {
        code: 'CONFIG',
        outcome: 'not-applied',
      });
      leaksNothing(error, [canary]);
    }),
  ),
  define('url-of-another', 'a URL of another scheme is CONFIG that names those that are known', async (context) => {
    const error = await rejects(opening(context, `nobody://app:${canary}@localhost/shop`), { code: 'CONFIG' });
    assert(error.message.includes(context.db.adapter), 'the message names the known adapter');
    leaksNothing(error, [canary]);
  }),
  define('url-unset', 'a URL that is undefined or empty is CONFIG that says so', async (context) => {
    await rejects(opening(context, undefined), { code: 'CONFIG', message: /undefined/ });
    await rejects(opening(context, ''), { code: 'CONFIG', message: /empty/ });
  }),
  define(
    'url-password',
    'a percent-encoded password with @ / + : and the like is read exactly',
    async ({ module, db }) => {
      const password = 'p@ss/wo+rd:%&=? #é';
      const config = module.fromUrl(`${db.adapter}://app:${encodeURIComponent(password)}@localhost/shop`);
      assert(JSON.stringify(config).includes(JSON.stringify(password)), 'the password is not what was encoded');
    },
    'URLs that name a server',
  ),
  define(
    'url-plus',
    'a + in a URL stays a +',
    async ({ module, db }) => {
      const config = JSON.stringify(module.fromUrl(`${db.adapter}://a+b:c+d@localhost/shop`));
      assert(config.includes('"a+b"') && config.includes('"c+d"'), 'the + is something else now');
    },
    'URLs that name a server',
  ),
  define(
    'url-host-case',
    'the host of a URL is lower-cased',
    async ({ module, db }) => {
      const config = JSON.stringify(module.fromUrl(`${db.adapter}://app:x@LocalHost/Shop`));
      assert(config.includes('"localhost"') && config.includes('"Shop"'), 'host or database is not as it should be');
    },
    'URLs that name a server',
  ),
  define('config-works', 'the same configuration opens by defineConnector', async (context) => {
    const { module, db } = context;
    await using opened = await opening(context, { ...module.config, adapter: db.adapter });
    equal(await opened.one(sql`select 1 as a`), { a: 1 });
  }),
  define('config-unknown-field', 'an unknown field is CONFIG that names it', async ({ module }) => {
    throws(() => module.adapter({ ...module.config, colour: 'red' } as never), { code: 'CONFIG', message: /colour/ });
  }),
  ...Object.entries({ host: '', port: 0, database: 5, user: [], max: 0 }).map(([field, value]) =>
    define(
      `config-wrong-${field}`,
      `${field} ${JSON.stringify(value)} is CONFIG that names the field`,
      async (context) => {
        const config = { ...context.module.config, [field]: value };
        const expected = { code: 'CONFIG', outcome: 'not-applied', message: new RegExp(`\\b${field}\\b`) } as const;
        throws(() => context.module.adapter(config as never), expected);
      },
    ),
  ),
  define('config-wrong-value-unseen', 'the value of a wrong field does not show in the error', async ({ module }) => {
    const config = { ...module.config, auth: { password: { [canary]: canary } }, port: canary };
    leaksNothing(
      throws(() => module.adapter(config as never), { code: 'CONFIG' }),
      [canary],
    );
  }),
  define('config-not-an-object', 'a configuration that is no object is CONFIG', async ({ module }) => {
    for (const config of [undefined, null, 5, 'text', []])
      throws(() => module.adapter(config as never), { code: 'CONFIG' });
  }),
];
