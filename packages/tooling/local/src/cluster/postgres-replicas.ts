import { chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { findPostgres } from '../postgres/binaries.ts';
import { openPostgres } from '../postgres/engine.ts';
import { initialisePostgres, type PostgresInstallation, unprivileged } from '../postgres/start.ts';
import { startServer } from '../start-server.ts';
import { type RunningProgram, runToEnd, type Supervisor } from '../supervision.ts';
import type { Replica, ReplicaSet } from './replica-set.ts';

/** Commits are written to the system, and to one reader, before they are acknowledged: neither loses one by a crash. */
const settings = [
  'wal_level=replica',
  'max_wal_senders=10',
  'wal_keep_size=256MB',
  'hot_standby=on',
  'synchronous_commit=on',
  'wal_retrieve_retry_interval=100ms',
];

/** Initialises a PostgreSQL and starts copies of it. Throws, with what to install, when the machine has none that runs. */
export async function startPostgresReplicas(
  count: number,
  supervisor: Supervisor,
  log: (line: string) => void,
): Promise<ReplicaSet> {
  const failures: string[] = [];
  for await (const binaries of findPostgres(supervisor.directory)) {
    const directory = join(supervisor.directory, `postgres-cluster-${failures.length}`);
    try {
      const installation = await initialisePostgres(binaries, directory, supervisor);
      const servers = Array.from({ length: count }, (_, i) => new Server(installation, i, supervisor));
      const { version } = await servers[0]!.start();
      log(`PostgreSQL ${version} from ${binaries.origin}`);
      return new PostgresReplicas(version, servers, supervisor);
    } catch (error) {
      failures.push(`${binaries.origin}: ${(error as Error).message}`);
    }
  }
  throw new Error(['No PostgreSQL could be started.', ...failures].join('\n'));
}

class PostgresReplicas implements ReplicaSet {
  readonly kind = 'PostgreSQL';
  readonly version: string;
  readonly replicas: readonly Server[];
  readonly #held = new Set<number>();
  readonly #supervisor: Supervisor;
  #writer = 0;

  constructor(version: string, replicas: readonly Server[], supervisor: Supervisor) {
    this.version = version;
    this.replicas = replicas;
    this.#supervisor = supervisor;
  }

  async begin(): Promise<void> {
    const [writer, ...readers] = this.replicas;
    await writer!.stop();
    for (const reader of readers) {
      await reader.copyFrom(writer!, this.#supervisor);
      await reader.follow(writer!);
    }
    await writer!.start();
    await Promise.all(readers.map((reader) => reader.start()));
    await this.#leadFrom(0);
  }

  async switchOver(from: number, to: number, keepSessions: boolean): Promise<void> {
    const [old, writer] = [this.replicas[from]!, this.replicas[to]!];
    const others = this.replicas.filter((other) => other !== old && other !== writer && other.isRunning);
    await this.hold(to, false);
    const becomesReader = old.isRunning && !keepSessions;
    if (old.isRunning && keepSessions) {
      await old.retire();
      await this.caughtUp(from);
    }
    // It ends only when the readers have got everything.
    if (becomesReader) await old.stop();
    await writer.ask('select pg_promote(true, 60)');
    for (const other of others) await other.follow(writer);
    if (becomesReader) {
      await old.follow(writer);
      await old.start();
    }
    await this.#leadFrom(to);
  }

  async mostAdvanced(writer: number): Promise<number> {
    const positions = await Promise.all(
      this.replicas.map(async (replica, i) => {
        if (i === writer || !replica.isRunning) return -1;
        const rows = await replica.ask("select pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')::text as position");
        return Number(rows[0]!['position']);
      }),
    );
    return positions.indexOf(Math.max(...positions));
  }

  async hold(reader: number, held: boolean): Promise<void> {
    await this.replicas[reader]!.ask(`select pg_wal_replay_${held ? 'pause' : 'resume'}()`);
    if (held) {
      await until(async () => {
        const rows = await this.replicas[reader]!.ask('select pg_get_wal_replay_pause_state() as state');
        return rows[0]!['state'] === 'paused';
      });
      this.#held.add(reader);
    } else {
      this.#held.delete(reader);
    }
  }

  async caughtUp(writer: number): Promise<void> {
    const [row] = await this.replicas[writer]!.ask('select pg_current_wal_lsn()::text as position');
    for (const [i, reader] of this.replicas.entries()) {
      if (i === writer || !reader.isRunning || this.#held.has(i)) continue;
      await until(async () => {
        const rows = await reader.ask('select pg_last_wal_replay_lsn() >= $1::pg_lsn as done', [row!['position']]);
        return rows[0]!['done'] === true;
      });
    }
  }

  async kill(replica: number): Promise<void> {
    await this.replicas[replica]!.crash();
    await this.#leadFrom(this.#writer);
  }

  async restart(replica: number, writer: number): Promise<void> {
    const [server, source] = [this.replicas[replica]!, this.replicas[writer]!];
    if (server.isRetired) await server.stop();
    if (server !== source && !server.isFollowing) {
      // It was the writer, and may have what the new one has not: its data is of no use.
      await server.copyLive(source, this.#supervisor);
    }
    if (server !== source) await server.follow(source);
    this.#held.delete(replica);
    await server.start();
    await this.#leadFrom(writer);
  }

  /** Lets the writer's commits wait for a reader, if there is one. */
  async #leadFrom(writer: number): Promise<void> {
    this.#writer = writer;
    const server = this.replicas[writer]!;
    const hasReader = this.replicas.some((other) => other !== server && other.isRunning);
    if (server.isRunning) await server.lead(hasReader);
  }
}

/** One PostgreSQL, with a data directory of its own. */
class Server implements Replica {
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
  async follow(writer: Server): Promise<void> {
    const { hostname, port, username, password } = new URL(writer.url);
    const source = `host=${hostname} port=${port} user=${username} password=${password}`;
    await this.#write('postgresql.auto.conf', `primary_conninfo = '${source}'\n`);
    await this.#write('standby.signal', '');
    this.isFollowing = true;
    if (this.isRunning) await this.ask('select pg_reload_conf()');
  }

  /** Takes a copy of a server that is not running. */
  async copyFrom(source: Server, supervisor: Supervisor): Promise<void> {
    await rm(this.#data, { recursive: true, force: true });
    await runToEnd(supervisor, this.#installation.program('cp', ['-a', source.#data, this.#data]));
  }

  /** Takes a copy of a server that is running. */
  async copyLive(source: Server, supervisor: Supervisor): Promise<void> {
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

/** Throws when it has not become true within a minute. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('a reader does not follow the writer');
    await pause(10);
  }
}
