import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import mysql from 'mysql2/promise';
import pg from 'pg';
import { describe, expect, inject, test, vi } from 'vitest';
import { startLocal } from '../src/index.ts';
import { openMysql } from '../src/mysql/engine.ts';
import { openPostgres } from '../src/postgres/engine.ts';
import { sign } from './sign.ts';

const shared = inject('sqlportLocal');
const postgresUrl = shared.postgres ? shared.postgres.url : '';
const mysqlUrl = shared.mysql ? shared.mysql.url : undefined;

interface Held {
  readonly process: ChildProcess;
  readonly directory: string;
  readonly pids: readonly number[];
  readonly ports: readonly number[];
  readonly listeners: readonly string[];
}

/** Starts everything in a process of its own. */
async function hold(what: 'local' | 'cluster' = 'local'): Promise<Held> {
  const program = join(import.meta.dirname, 'hold-local.ts');
  const child = fork(program, [what], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const [{ directories, ports }] = (await once(child, 'message')) as [{ directories: string[]; ports: number[] }];
  const pidFiles = [
    join(directories[0]!, 'postmaster.pid'),
    ...directories.slice(1).map((data) => join(data, '../pid')),
  ];
  const pids = pidFiles.map((file) => Number.parseInt(readFileSync(file, 'utf8'), 10));
  const listeners = listening().filter((each) => ports.includes(Number.parseInt(each, 10)));
  return { process: child, directory: dirname(dirname(directories[0]!)), pids, ports, listeners };
}

/**
 * Ports that are listened on, each with the number of its socket, where Linux tells: a port that was given back may be
 * another test's by now.
 */
function listening(): string[] {
  if (process.platform !== 'linux') return [];
  const rows = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1, -1);
  const sockets = rows.map((row) => row.trim().split(/\s+/)).filter(([, , , state]) => state === '0A');
  return sockets.map((fields) => `${Number.parseInt(fields[1]!.split(':')[1]!, 16)} ${fields[9]}`);
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const isListening = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  try {
    return await once(socket, 'connect').then(
      () => true,
      () => false,
    );
  } finally {
    socket.destroy();
  }
};

async function expectAlive({ directory, pids, ports, listeners }: Held): Promise<void> {
  expect(existsSync(directory)).toBe(true);
  expect(pids.filter(isAlive)).toEqual(pids);
  for (const port of ports) expect(await isListening(port)).toBe(true);
  if (process.platform === 'linux') expect(listeners).toHaveLength(ports.length);
}

async function expectGone({ directory, pids, listeners }: Held): Promise<void> {
  await vi.waitUntil(() => !pids.some(isAlive) && !existsSync(directory), { timeout: 15_000 });
  const left = listening();
  expect(listeners.filter((each) => left.includes(each))).toEqual([]);
}

describe.concurrent('everything is gone', { timeout: 60_000 }, () => {
  test.each(['SIGKILL', 'SIGTERM'] as const)('after the process died of %s', async (signal) => {
    const held = await hold();
    await expectAlive(held);
    held.process.kill(signal);
    await expectGone(held);
  });

  test('after a process that had a cluster died', async () => {
    const held = await hold('cluster');
    await expectAlive(held);
    held.process.kill('SIGKILL');
    await expectGone(held);
  });

  test('after the process ended by an error, without closing', async () => {
    const held = await hold();
    held.process.send('throw');
    await expectGone(held);
  });

  test('when close() is done, and then the process ends by itself', async () => {
    const held = await hold();
    const exited = once(held.process, 'exit');
    held.process.send('close');
    expect(await exited).toEqual([0, null]);
    expect(held.pids.some(isAlive) || existsSync(held.directory)).toBe(false);
  });
});

test('a process that dies while it is starting leaves nothing either', async () => {
  const temporary = await mkdtemp(join(tmpdir(), 'sqlport-life-'));
  // An engine that is run under another user has to get in.
  await chmod(temporary, 0o755);
  const program = join(import.meta.dirname, 'hold-local.ts');
  const env = { ...process.env, TMPDIR: temporary };
  const child = fork(program, { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'], env });
  const present = (name: string) => readdirSync(temporary).some((folder) => existsSync(join(temporary, folder, name)));
  await vi.waitUntil(() => present('postgres/data'), { timeout: 15_000 });
  child.kill('SIGKILL');
  await vi.waitUntil(() => readdirSync(temporary).length === 0, { timeout: 15_000 });
  const { stdout } = await promisify(execFile)('ps', ['-ef']);
  expect(stdout).not.toContain(temporary);
  await rm(temporary, { recursive: true });
});

describe('servers given by URL', () => {
  test('are shared cheaply and left running', async () => {
    const started = performance.now();
    const local = await startLocal(shared);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(local.postgres?.url).toBe(postgresUrl);
    await local.close();
    const again = await startLocal(shared);
    await again.close();
  });

  test('serve many at once, on a first use too', async () => {
    const engines = [await openPostgres(postgresUrl), ...(mysqlUrl ? [await openMysql(mysqlUrl)] : [])];
    const name = `sqlport_many_${process.pid}`;
    for (const engine of engines) {
      const once = async () => {
        await engine.ensureUser(name, 'the same');
        await engine.ensureDatabase(name, name);
      };
      await Promise.all(Array.from({ length: 8 }, once));
      await expect(engine.ensureUser(name, 'another')).rejects.toThrow(`already has a user "${name}" of its own`);
      await engine.dropDatabase(name);
    }
  });

  test('that cannot be reached are an error at once', async () => {
    const url = 'postgres://postgres:x@127.0.0.1:1/postgres';
    await expect(startLocal({ postgres: { url }, mysql: false })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('may come from the environment', async () => {
    vi.stubEnv('SQLPORT_POSTGRES_URL', postgresUrl);
    const local = await startLocal({ mysql: false });
    vi.unstubAllEnvs();
    expect(local.postgres?.url).toBe(postgresUrl);
    await local.close();
  });
});

describe('createDatabase', () => {
  const databasesOn = async (name: string): Promise<number> => {
    const client = new pg.Client({ connectionString: postgresUrl });
    await client.connect();
    const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
    await client.end();
    if (!mysqlUrl) return rowCount ?? 0;
    const connection = await mysql.createConnection(mysqlUrl);
    const [rows] = await connection.query<mysql.RowDataPacket[]>('show databases like ?', [
      name.replaceAll('_', '\\_'),
    ]);
    await connection.end();
    return (rowCount ?? 0) + rows.length;
  };
  const engines = mysqlUrl ? 2 : 1;

  test('makes one of its own on every engine, dropped on request even while in use', async () => {
    await using local = await startLocal(shared);
    const mine = await local.createDatabase();
    expect(mine.name).toMatch(/^sqlport_[0-9a-f]{12}$/);
    expect(await databasesOn(mine.name)).toBe(engines);
    const { host, port, user, database, ca } = mine.configs['iam-pg'];
    expect(mine.urls['iam-pg']).toBe(`iam-pg://app@localhost:${port}/${mine.name}?region=us-east-1`);
    const client = new pg.Client({
      host,
      port,
      user,
      database,
      ssl: { ca },
      password: await sign(mine.configs['iam-pg']),
    });
    client.on('error', () => {});
    await client.connect();
    await client.query('create table mine (n int)');
    await mine.drop();
    expect(await databasesOn(mine.name)).toBe(0);
    await client.end().catch(() => {});
  });

  test('leaves nothing on a shared server when local is closed', async () => {
    const local = await startLocal(shared);
    const { name } = await local.createDatabase();
    expect(await databasesOn(name)).toBe(engines);
    await local.close();
    await local.close();
    expect(await databasesOn(name)).toBe(0);
  });
});

describe('an engine that cannot be had', () => {
  test('is left out with one message that says what to install, and the other still runs', async () => {
    vi.stubEnv('SQLPORT_MYSQLD', '/nowhere/mysqld');
    const lines: string[] = [];
    await using local = await startLocal({ postgres: shared.postgres, log: (line) => lines.push(line) });
    vi.unstubAllEnvs();
    expect(local.mysql).toBeUndefined();
    expect(Object.keys(local.configs)).toEqual(['iam-pg', 'data-api-postgres']);
    expect(() => local.configs['iam-mysql2']).toThrow(/^No MySQL could be had. Install MySQL 8/);
    expect(() => local.endpoints['iam-mysql2']).toThrow('/nowhere/mysqld');
    expect(lines.filter((line) => line.includes('Install MySQL'))).toHaveLength(1);
  });

  test('is an error when there is no other', async () => {
    vi.stubEnv('SQLPORT_MYSQLD', '/nowhere/mysqld');
    await expect(startLocal({ postgres: false, log: () => {} })).rejects.toThrow(/Install MySQL 8/);
    vi.unstubAllEnvs();
  });

  test('was perhaps not asked for', async () => {
    await using local = await startLocal({ ...shared, mysql: false });
    expect(() => local.urls['iam-mysql2']).toThrow('MySQL was not asked for.');
  });
});
