import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { ConnectorError, defineConnector } from '../src/index.ts';
import { check, checkFields, parseUrl } from '../src/spi/index.ts';
import { errorOf, failOnUnhandledRejections } from './expectations.ts';
import { ScriptedDriver } from './scripted-driver.ts';

failOnUnhandledRejections();

interface ScriptedConfig {
  readonly adapter?: string;
  readonly host: string;
  readonly password?: string;
  readonly ca?: string;
}

/** An adapter module as a third party would write it; `seen` holds the configurations it got. */
function scriptedModule() {
  const seen: ScriptedConfig[] = [];
  const script = new ScriptedDriver();
  return {
    seen,
    script,
    adapter(config: ScriptedConfig) {
      const fields = {
        adapter: check.text,
        host: check.hostName,
        password: check.optional(check.text),
        ca: check.optional(check.text),
      };
      checkFields(config, fields, 'scripted');
      seen.push(config);
      return script.adapter;
    },
    fromUrl(url: string): ScriptedConfig {
      const { host, password } = parseUrl(url, { scheme: 'scripted', query: {} });
      return { host, ...(password === undefined ? {} : { password }) };
    },
  };
}

it('opens what a URL names, and loads nothing else', async () => {
  const module = scriptedModule();
  const loaded: string[] = [];
  const open = defineConnector({
    scripted: async () => {
      loaded.push('scripted');
      return module;
    },
    other: async () => {
      loaded.push('other');
      return module;
    },
  });
  expect(loaded).toEqual([]);
  const db = await open('scripted://app:secret@db.example/shop');
  expect(db.adapter).toBe('scripted');
  expect(loaded).toEqual(['scripted']);
  expect(module.seen).toEqual([{ adapter: 'scripted', host: 'db.example', password: 'secret' }]);
  expect(module.script.log).toEqual([]);
});

it('opens what an object names, and passes the options on', async () => {
  const module = scriptedModule();
  const open = defineConnector({ scripted: async () => module }, { int64: 'bigint' });
  const db = await open({ adapter: 'scripted', host: 'db.example' });
  await db.ping();
  expect(module.script.opens[0]?.values.int64).toBe('bigint');
});

it('fills in defaults, over which the configuration wins unless it leaves a field undefined', async () => {
  const module = scriptedModule();
  const open = defineConnector(
    { scripted: async () => module },
    { defaults: { scripted: { ca: 'our own', host: 'fallback.example' } } },
  );
  await open('scripted://db.example');
  await open({ adapter: 'scripted', host: 'db.example', ca: 'theirs' });
  await open({ adapter: 'scripted', host: undefined, ca: undefined } as never);
  expect(module.seen.map(({ host, ca }) => [host, ca])).toEqual([
    ['db.example', 'our own'],
    ['db.example', 'theirs'],
    ['fallback.example', 'our own'],
  ]);
});

it.each([
  ['undefined', undefined, 'environment variable'],
  ['an empty text', '', 'environment variable'],
  ['null', null, 'adapter'],
  ['a number', 7, 'adapter'],
  ['a text that is no URL', 'canary', 'scheme'],
  ['an unknown scheme', 'mysql://app:canary@db/shop', 'scheme'],
  ['a scheme from the prototype', 'constructor://canary', 'scheme'],
  ['an object without adapter', { host: 'canary' }, 'adapter'],
  ['an unknown adapter', { adapter: 'canary' }, 'adapter'],
  ['an adapter from the prototype', { adapter: 'toString' }, 'adapter'],
])('says CONFIG, and which adapters there are, for %s', async (_, config, hint) => {
  const open = defineConnector({ scripted: async () => scriptedModule() });
  const error = await errorOf(open(config as never));
  expect(error.code).toBe('CONFIG');
  expect(error.message).toContain('scripted');
  expect(error.message).toContain(hint);
  expect(inspect(error)).not.toContain('canary');
});

it("passes on an adapter's own CONFIG error about a field", async () => {
  const open = defineConnector({ scripted: async () => scriptedModule() });
  const error = await errorOf(open({ adapter: 'scripted', host: 'a/b' }));
  expect(error).toMatchObject({ code: 'CONFIG', adapter: 'scripted' });
  expect(error.message).toContain('"host"');
  const unknown = await errorOf(open({ adapter: 'scripted', host: 'a', hots: 'b' } as never));
  expect(unknown.message).toContain('"hots"');
});

it.each(['scripted://app:can/ary@db', 'scripted://app:can@ary@db', 'scripted://app:canary@db?x=1', 'scripted:canary'])(
  'never shows the URL %s in an error',
  async (url) => {
    const error = await errorOf(defineConnector({ scripted: async () => scriptedModule() })(url));
    expect(error.code).toBe('CONFIG');
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error)).not.toMatch(/canary|can[/@]ary/);
  },
);

it.each([
  ['fromUrl', { ...scriptedModuleParts(), fromUrl: (url: string) => new URL(`no ${url}`) as never }],
  [
    'adapter',
    {
      ...scriptedModuleParts(),
      adapter: () => {
        throw new Error('canary');
      },
    },
  ],
])("hides what somebody else's %s throws", async (_, module) => {
  const open = defineConnector({ scripted: async () => module } as never);
  const error = await errorOf(open('scripted://app:canary@db'));
  expect(error).toMatchObject({ code: 'CONFIG', adapter: 'scripted' });
  expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary');
});

it.each<[string, () => Promise<unknown>]>([
  ['rejects', () => Promise.reject(Object.assign(new Error('canary'), { code: 'ERR_MODULE_NOT_FOUND' }))],
  [
    'throws',
    () => {
      throw new Error('canary');
    },
  ],
])('says CONFIG, and which package, where a loader %s', async (_, loader) => {
  const error = await errorOf(defineConnector({ scripted: loader } as never)({ adapter: 'scripted' } as never));
  expect(error.code).toBe('CONFIG');
  expect(error.message).toContain('scripted');
  expect(inspect(error)).not.toContain('canary');
});

it('tries to load again at the next call', async () => {
  const module = scriptedModule();
  let calls = 0;
  const open = defineConnector({
    scripted: async () => {
      if (calls++ === 0) throw new Error('not yet');
      return module;
    },
  });
  await errorOf(open('scripted://db'));
  await open('scripted://db');
  expect(calls).toBe(2);
});

it.each([
  ['undefined', undefined],
  ['an empty module', {}],
  ['a module without fromUrl', { adapter: () => {} }],
  ['a module without adapter', { fromUrl: () => {} }],
  ['a module of another kind', { default: () => {}, adapter: 'x', fromUrl: 'y' }],
])('says CONFIG of a loader that gives %s', async (_, module) => {
  const error = await errorOf(
    defineConnector({ scripted: async () => module } as never)({ adapter: 'scripted' } as never),
  );
  expect(error.code).toBe('CONFIG');
  expect(error.message).toContain('adapter and fromUrl');
});

it('says CONFIG of a factory that gives no adapter', async () => {
  const module = { adapter: (_config: object) => ({}) as never, fromUrl: () => ({}) };
  const error = await errorOf(defineConnector({ scripted: async () => module })('scripted://db'));
  expect(error).toBeInstanceOf(ConnectorError);
  expect(error.code).toBe('CONFIG');
});

function scriptedModuleParts() {
  return { adapter: () => ({}) as never, fromUrl: () => ({}) };
}
