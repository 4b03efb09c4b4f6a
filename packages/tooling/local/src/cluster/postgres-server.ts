import { chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { openPostgres } from '../postgres/engine.ts';
import { type PostgresInstallation, unprivileged } from '../postgres/start.ts';
import { startServer } from '../start-server.ts';
import { type RunningProgram, runToEnd, type Supervisor } from '../supervision.ts';
import type { Replica } from './replica-set.ts';
import { until } from './until.ts';

/** Commits are written to the system, and to one reader, before they are acknowledged: neither loses one by a crash. */
const settings = [
  'wal_level=replica',
  'max_wal_senders=10',
  'wal_keep_size=256MB',
  'hot_standby=on',
  'synchronous_commit=on',
  'wal_retrieve_retry_interval=100ms',
];

/** One PostgreSQL, with a data directory of its own. */
export class PostgresServer implements Replica {
  /** Whether its data is a reader's. */
  isFollowing = false;
  /** Whether it was the writer, and runs on for those who are on it. */
  isRetired = false;
  readonly #installation: PostgresInstallation;
  readonly #data: string;
  readonly #supervisor: Supervisor;
  #program: RunningProgram | undefined;
  #port: number | undefined;

  constructor(installation: PostgresInstallation, index: number, supervisor: Supervisor) {
    this.#installation = installation;
    this.#data = index === 0 ? installation.data : `${installation.data}-${index + 1}`;
    this.#supervisor = supervisor;
  }

  get url(): string {
    return this.#installation.url(this.#port!);
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.#port! };
  }

  get isRunning(): boolean {
    return this.#program !== undefined && !this.#program.hasExited && !this.isRetired;
  }

  async start(): Promise<{ readonly version: string }> {
    const { program, port, reached } = await startServer(
      this.#supervisor,
      (candidate) => this.#installation.server(this.#data, candidate, settings),
      (candidate) => openPostgres(this.#installation.url(candidate)),
      this.#port,
    );
    this.#program = program;
    this.#port = port;
    return reached;
  }

  /** Ends it in order: sessions are ended, readers get all there is. */
  async stop(): Promise<void> {
    process.kill(this.#program!.pid, 'SIGINT');
    await this.#program!.exited;
    this.isRetired = false;
  }

  /** Makes it the one that others follow. `waits`: its commits wait for one of them. */
  async lead(waits: boolean): Promise<void> {
    await this.#write('postgresql.auto.conf', `synchronous_standby_names = '${waits ? 'ANY 1 (*)' : ''}'\n`);
    await this.ask('select pg_reload_conf()');
    this.isFollowing = false;
  }

  /** Lets its sessions read only, for good. Those in the middle of something are ended. */
  async retire(): Promise<void> {
    await this.#write('postgresql.auto.conf', 'default_transaction_read_only = on\n');
    await this.ask('select pg_reload_conf()');
    // When a new session has it, every other one has been told, and obeys before its next statement.
    await until(async () => (await this.ask('show transaction_read_only'))[0]!['transaction_read_only'] === 'on');
    await this.ask(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where backend_type = 'client backend' and state <> 'idle' and pid <> pg_backend_pid()`,
    );
    this.isFollowing = false;
    this.isRetired = true;
  }

  /** Ends it at once. Its data is left as a crash leaves it. */
  async crash(): Promise<void> {
    process.kill(this.#program!.pid, 'SIGQUIT');
    await this.#program!.exited;
  }

  /** Makes it a reader of another server, from its next start or, if it is one already, from now on. */
  async follow(writer: PostgresServer): Promise<void> {
    const { hostname, port, username, password } = new URL(writer.url);
    const source = `host=${hostname} port=${port} user=${username} password=${password}`;
    await this.#write('postgresql.auto.conf', `primary_conninfo = '${source}'\n`);
    await this.#write('standby.signal', '');
    this.isFollowing = true;
    if (this.isRunning) await this.ask('select pg_reload_conf()');
  }

  /** Takes a copy of a server that is not running. */
  async copyFrom(source: PostgresServer, supervisor: Supervisor): Promise<void> {
    await rm(this.#data, { recursive: true, force: true });
    await runToEnd(supervisor, this.#installation.program('cp', ['-a', source.#data, this.#data]));
  }

  /** Takes a copy of a server that is running. */
  async copyLive(source: PostgresServer, supervisor: Supervisor): Promise<void> {
    const client = await source.#connect();
    try {
      await client.query("select pg_backup_start('copy', true)");
      await this.copyFrom(source, supervisor);
      const { rows } = await client.query('select labelfile from pg_backup_stop(false)');
      for (const file of ['postmaster.pid', 'postmaster.opts']) await rm(join(this.#data, file), { force: true });
      await this.#write('backup_label', rows[0].labelfile);
    } finally {
      await client.end();
    }
  }

  async ask(text: string, params: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    const client = await this.#connect();
    try {
      return (await client.query(text, [...params])).rows;
    } finally {
      await client.end();
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.url, connectionTimeoutMillis: 10_000 });
    client.on('error', () => {});
    await client.connect();
    return client;
  }

  async #write(name: string, text: string): Promise<void> {
    const file = join(this.#data, name);
    await writeFile(file, text, { mode: 0o600 });
    if (unprivileged.uid !== undefined) await chown(file, unprivileged.uid, unprivileged.gid);
  }
}
