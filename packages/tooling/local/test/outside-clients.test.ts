import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { type IamConfig, type Local, startLocal } from '../src/index.ts';
import { findBotocore, findMysqlClient, findPsql, type Tool } from './outside-tools.ts';
import { sign } from './sign.ts';

const run = promisify(execFile);
const [psql, mysqlClient, botocore] = await Promise.all([findPsql(), findMysqlClient(), findBotocore()]);
const { mysql: engine } = inject('sqlportLocal');

/** The name of a group, with the reason where it has to be skipped. */
const named = (name: string, ...tools: Tool[]): [string, boolean] => {
  const reasons = tools.flatMap((tool) => ('missing' in tool ? [tool.missing] : []));
  return [reasons.length ? `${name} (skipped: ${reasons.join(', ')})` : name, reasons.length > 0];
};

let local: Local;
let folder: string;
let ca: string;

beforeAll(async () => {
  local = await startLocal(inject('sqlportLocal'));
  folder = await mkdtemp(join(tmpdir(), 'sqlport-outside-'));
  ca = join(folder, 'ca.pem');
  await writeFile(ca, local.ca);
});
afterAll(async () => {
  await local.close();
  await rm(folder, { recursive: true });
});

async function use(tool: Tool, args: string[], env: Record<string, string>): Promise<string> {
  if ('missing' in tool) throw new Error(tool.missing);
  const [command, ...first] = tool.command;
  const { stdout } = await run(command, [...first, ...args], { env: { ...process.env, ...tool.env, ...env } });
  return stdout.trim();
}

const ask = (token: string) => {
  const { host, port, user, database } = local.configs['iam-pg'];
  const target = `host=${host} port=${port} user=${user} dbname=${database} sslmode=verify-full sslrootcert=${ca}`;
  return use(psql, [target, '-XAtc', 'select current_user, 40 + 2'], { PGPASSWORD: token });
};

const askMysql = (token: string, ...more: string[]) => askMysqlAt(local.configs['iam-mysql2'].port, token, ...more);

const askMysqlAt = (port: number, token: string, ...more: string[]) => {
  const { host, user, database } = local.configs['iam-mysql2'];
  const where = ['--no-defaults', `--host=${host}`, `--port=${port}`, '--protocol=TCP', `--user=${user}`, database];
  const tls = ['--ssl-mode=VERIFY_IDENTITY', `--ssl-ca=${ca}`, '--enable-cleartext-plugin'];
  const query = ['--batch', '--skip-column-names', '--execute=select current_user(), 40 + 2'];
  return use(mysqlClient, [...where, ...tls, ...query, ...more], { MYSQL_PWD: token });
};

/** A token by AWS's Python code, as `boto3`'s `generate_db_auth_token` and the AWS CLI make it. */
const signByBotocore = ({ host, port, user, region, credentials }: IamConfig<string>, sessionToken = '') => {
  const program = `
import sys, botocore.session
host, port, user, region = sys.argv[1:]
session = botocore.session.get_session()
client = session.create_client('rds', region_name=region)
print(client.generate_db_auth_token(DBHostname=host, Port=int(port), DBUsername=user, Region=region))`;
  return use(botocore, ['-c', program, host, String(port), user, region], {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    ...(sessionToken ? { AWS_SESSION_TOKEN: sessionToken } : {}),
  });
};

const [psqlName, noPsql] = named('psql', psql);
describe.skipIf(noPsql)(psqlName, () => {
  test('logs in with a token', async () => {
    expect(await ask(await sign(local.configs['iam-pg']))).toBe('app|42');
  });

  test('shows RDS’s own message for a wrong one', async () => {
    await expect(ask('wrong')).rejects.toThrow('FATAL:  PAM authentication failed for user "app"');
  });

  test('goes through an RDS Proxy, found by its own name', async () => {
    const { port, signingHost: host } = local.proxies['iam-pg'].address;
    const { user, database } = local.configs['iam-pg'];
    const target = `host=${host} hostaddr=127.0.0.1 port=${port} user=${user} dbname=${database} sslmode=verify-full sslrootcert=${ca}`;
    const token = await sign(local.configs['iam-pg'], { host, port });
    const statements = ['begin', 'select 40 + 2', 'commit', 'set work_mem = 65536'].flatMap((text) => ['-c', text]);
    expect(await use(psql, [target, '-XAtq', ...statements], { PGPASSWORD: token })).toBe('42');
    expect(local.proxies['iam-pg'].pins.at(-1)?.reason).toBe('SET');
  });

  test('cancels a query', async () => {
    const { host, port, user, database } = local.configs['iam-pg'];
    const target = `host=${host} port=${port} user=${user} dbname=${database} sslmode=require`;
    const child = run('psql', [target, '-XAtc', 'select pg_sleep(60)'], {
      env: { ...process.env, PGPASSWORD: await sign(local.configs['iam-pg']) },
    });
    const ended = expect(child).rejects.toThrow('canceling statement due to user request');
    const { default: pg } = await import('pg');
    const watcher = new pg.Client({ connectionString: local.postgres!.url });
    await watcher.connect();
    const busy = "select from pg_stat_activity where usename = 'app' and query = 'select pg_sleep(60)'";
    await expect.poll(async () => (await watcher.query(busy)).rowCount, { timeout: 10_000 }).toBe(1);
    await watcher.end();
    child.child.kill('SIGINT');
    await ended;
  });
});

const [mysqlName, noMysql] = named(
  'the mysql client',
  mysqlClient,
  engine ? { command: [''], env: {} } : { missing: 'no MySQL' },
);
describe.skipIf(noMysql)(mysqlName, () => {
  test('logs in with a token', async () => {
    expect(await askMysql(await sign(local.configs['iam-mysql2']))).toBe('app@%\t42');
  });

  test('logs in with a token that it sends unasked', async () => {
    const token = await sign(local.configs['iam-mysql2']);
    expect(await askMysql(token, '--default-auth=mysql_clear_password')).toBe('app@%\t42');
  });

  test('goes through an RDS Proxy', async () => {
    const { port } = local.proxies['iam-mysql2'].address;
    const token = await sign(local.configs['iam-mysql2'], { port });
    expect(await askMysqlAt(port, token)).toBe('app@%\t42');
    expect(await askMysqlAt(port, token, '--execute=; set @n = 42; select @n')).toBe('app@%\t42\n42');
    expect(local.proxies['iam-mysql2'].pins.map(({ reason }) => reason)).toEqual(['SET']);
  });

  test('shows RDS’s own message for a wrong one', async () => {
    await expect(askMysql('wrong')).rejects.toThrow(
      /ERROR 1045 \(28000\): Access denied for user 'app'@'.+' \(using password: YES\)/,
    );
  });
});

const [botocoreName, noBotocore] = named('a token of botocore', botocore, psql);
describe.skipIf(noBotocore)(botocoreName, () => {
  test('is accepted by PostgreSQL', async () => {
    expect(await ask(await signByBotocore(local.configs['iam-pg']))).toBe('app|42');
  });

  test('is accepted with a session token, and only with the right one', async () => {
    const credentials = { accessKeyId: 'ASIASESSION', secretAccessKey: 'a/b+c' };
    const gateway = local.endpoints['iam-pg'];
    gateway.credentials.set('ASIASESSION', { ...credentials, sessionToken: 'IQoJ/+==' });
    gateway.policy.push({ accessKeyId: 'ASIASESSION', user: 'app', resourceId: '*' });
    const config = { ...local.configs['iam-pg'], credentials };
    expect(await ask(await signByBotocore(config, 'IQoJ/+=='))).toBe('app|42');
    await expect(ask(await signByBotocore(config, 'other'))).rejects.toThrow('PAM authentication failed');
    expect(gateway.logins.at(-1)?.reason).toBe('wrong session token');
  });

  test.skipIf(noMysql)('is accepted by MySQL', async () => {
    expect(await askMysql(await signByBotocore(local.configs['iam-mysql2']))).toBe('app@%\t42');
  });
});
