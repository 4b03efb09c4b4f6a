/**
 * Loads one side's packages and asks a first question, and tells how long both took. It must not load anything
 * that either side uses.
 */
import { readFileSync } from 'node:fs';

export interface ColdStartInput {
  readonly side: 'ours' | 'raw';
  readonly adapter: 'iam-pg' | 'iam-mysql2';
  /** What to import: of ours core and the adapter. */
  readonly core: string;
  readonly module: string;
  /** A configuration of the adapter, with `ca` as an array. */
  readonly config: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly database: string;
    readonly region: string;
    readonly ca: readonly string[];
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

interface Point {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export interface ColdStart {
  /** Until everything that the program imports itself is loaded. */
  readonly imported: Point;
  /** Until the first row has come. */
  readonly answered: Point;
}

const input = JSON.parse(readFileSync(0, 'utf8')) as ColdStartInput;
const { config } = input;
const startedAt = performance.now();
const before = process.cpuUsage();

function now(): Point {
  const { user, system } = process.cpuUsage(before);
  return { wallMs: performance.now() - startedAt, cpuMs: (user + system) / 1000 };
}

async function ours(): Promise<ColdStart> {
  const [{ connect, sql }, { adapter }] = (await Promise.all([import(input.core), import(input.module)])) as [
    typeof import('@sqlport/core'),
    { adapter: typeof import('@sqlport/iam-pg').adapter },
  ];
  const imported = now();
  const db = connect(adapter(config));
  await db.query(sql`select 1`);
  const answered = now();
  await db.close();
  return { imported, answered };
}

async function rawPg(): Promise<ColdStart> {
  const [{ default: pg }, { Signer }] = await Promise.all([import('pg'), import('@aws-sdk/rds-signer')]);
  const imported = now();
  const { host, port, user, database, region, credentials, ca } = config;
  const password = await new Signer({ hostname: host, port, username: user, region, credentials }).getAuthToken();
  const client = new pg.Client({ host, port, user, database, password, ssl: { ca: [...ca] } });
  await client.connect();
  await client.query('select 1');
  const answered = now();
  await client.end();
  return { imported, answered };
}

async function rawMysql2(): Promise<ColdStart> {
  const [{ createConnection }, { Signer }] = await Promise.all([
    import('mysql2/promise'),
    import('@aws-sdk/rds-signer'),
  ]);
  const imported = now();
  const { host, port, user, database, region, credentials, ca } = config;
  const token = await new Signer({ hostname: host, port, username: user, region, credentials }).getAuthToken();
  const ssl = { ca: [...ca], verifyIdentity: true };
  const authPlugins = { mysql_clear_password: () => () => Buffer.from(`${token}\0`) };
  const connection = await createConnection({ host, port, user, database, ssl, authPlugins });
  await connection.query('select 1');
  const answered = now();
  await connection.end();
  return { imported, answered };
}

const measure = input.side === 'ours' ? ours : input.adapter === 'iam-pg' ? rawPg : rawMysql2;
process.stdout.write(JSON.stringify(await measure()));
