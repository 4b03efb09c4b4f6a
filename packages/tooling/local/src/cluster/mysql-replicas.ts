import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { cacheDirectory } from '../cache-directory.ts';
import { openMysql } from '../mysql/engine.ts';
import { findMysql } from '../mysql/find.ts';
import { installMysql, type MysqlInstallation } from '../mysql/start.ts';
import { startServer } from '../start-server.ts';
import type { RunningProgram, Supervisor } from '../supervision.ts';
import type { Replica, ReplicaSet } from './replica-set.ts';

const patienceSeconds = 60;

/** Starts MySQL servers that can replicate. Throws, with what to install, when there is none to be had. */
export async function startMysqlReplicas(
  count: number,
  supervisor: Supervisor,
  log: (line: string) => void,
): Promise<ReplicaSet> {
  const cache = await cacheDirectory().catch(() => supervisor.directory);
  const failures: string[] = [];
  for await (const binaries of findMysql(cache, failures, log)) {
    if (binaries.kind !== 'MySQL') {
      failures.push(`${binaries.origin}: replicates in another way`);
      continue;
    }
    const directory = join(supervisor.directory, `mysql-cluster-${failures.length}`);
    const password = randomBytes(18).toString('base64url');
    try {
      const servers = await Promise.all(
        Array.from({ length: count }, async (_, i) => {
          const installation = await installMysql(binaries, join(directory, String(i)), cache, supervisor, password);
          const server = new Server(installation, i, supervisor);
          await server.start(installation.firstStart);
          await rm(installation.firstStatements);
          return server;
        }),
      );
      const { version } = await openMysql(servers[0]!.url);
      log(`MySQL ${version} from ${binaries.origin}`);
      return new MysqlReplicas(version, servers);
    } catch (error) {
      failures.push(`${binaries.origin}: ${(error as Error).message}`);
    }
  }
  throw new Error(['No MySQL that replicates could be had. What was tried:', ...failures].join('\n'));
}

class MysqlReplicas implements ReplicaSet {
  readonly kind = 'MySQL';
  readonly version: string;
  readonly replicas: readonly Server[];
  readonly #held = new Set<number>();

  constructor(version: string, replicas: readonly Server[]) {
    this.version = version;
    this.replicas = replicas;
  }

  async begin(): Promise<void> {
    const [writer, ...readers] = this.replicas;
    await Promise.all(readers.map((reader) => reader.follow(writer!)));
  }

  async switchOver(from: number, to: number, keepSessions: boolean): Promise<void> {
    const [old, writer] = [this.replicas[from]!, this.replicas[to]!];
    await this.hold(to, false);
    if (old.isRunning) {
      await old.endSessions(keepSessions ? 'in a transaction' : 'all');
      await old.ask('set global super_read_only = on');
      await writer.waitFor(await old.executed());
    } else {
      await writer.waitFor(await writer.received());
    }
    await writer.lead();
    for (const other of this.replicas) if (other !== writer && other.isRunning) await other.follow(writer);
    for (const i of this.#held) await this.replicas[i]!.ask('stop replica sql_thread');
  }

  async mostAdvanced(writer: number): Promise<number> {
    let best: { readonly index: number; readonly got: string } | undefined;
    for (const [index, replica] of this.replicas.entries()) {
      if (index === writer || !replica.isRunning) continue;
      const got = await replica.got();
      if (!best || (await replica.contains(got, best.got))) best = { index, got };
    }
    return best?.index ?? -1;
  }

  async hold(reader: number, held: boolean): Promise<void> {
    await this.replicas[reader]!.ask(`${held ? 'stop' : 'start'} replica sql_thread`);
    if (held) this.#held.add(reader);
    else this.#held.delete(reader);
  }

  async caughtUp(writer: number): Promise<void> {
    const executed = await this.replicas[writer]!.executed();
    for (const [i, reader] of this.replicas.entries()) {
      if (i !== writer && reader.isRunning && !this.#held.has(i)) await reader.waitFor(executed);
    }
  }

  async kill(replica: number): Promise<void> {
    await this.replicas[replica]!.crash();
  }

  async restart(replica: number, writer: number): Promise<void> {
    const [server, source] = [this.replicas[replica]!, this.replicas[writer]!];
    this.#held.delete(replica);
    if (server === source) {
      await server.start([]);
      return;
    }
    await server.start(['--super-read-only=ON']);
    const lost = await server.executedBeyond(await source.executed());
    if (lost) {
      await server.crash();
      throw new Error(`Server ${replica} has transactions that the writer never got (${lost}), and cannot follow it.`);
    }
    await server.follow(source);
  }
}

/** One MySQL, with a data directory of its own. */
class Server implements Replica {
  readonly #installation: MysqlInstallation;
  readonly #options: readonly string[];
  readonly #supervisor: Supervisor;
  #program: RunningProgram | undefined;
  #port: number | undefined;

  constructor(installation: MysqlInstallation, index: number, supervisor: Supervisor) {
    this.#installation = installation;
    this.#supervisor = supervisor;
    this.#options = [
      `--server-id=${index + 1}`,
      '--log-bin=binlog',
      '--relay-log=relay',
      '--gtid-mode=ON',
      '--enforce-gtid-consistency=ON',
      '--skip-replica-start=ON',
      // What was acknowledged is in the system's hands, so that a crash of the server loses nothing.
      '--innodb-flush-log-at-trx-commit=2',
    ];
  }

  get url(): string {
    return this.#installation.url(this.#port!);
  }

  get address(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.#port! };
  }

  get isRunning(): boolean {
    return this.#program !== undefined && !this.#program.hasExited;
  }

  async start(moreOptions: readonly string[]): Promise<void> {
    const { program, port } = await startServer(
      this.#supervisor,
      (candidate) => this.#installation.server(candidate, [...this.#options, ...moreOptions]),
      (candidate) => openMysql(this.#installation.url(candidate)),
      this.#port,
    );
    this.#program = program;
    this.#port = port;
  }

  async crash(): Promise<void> {
    process.kill(this.#program!.pid, 'SIGKILL');
    await this.#program!.exited;
  }

  /** Makes it a reader of another server. */
  async follow(writer: Server): Promise<void> {
    const { port, username, password } = new URL(writer.url);
    await this.ask('stop replica');
    await this.ask(
      `change replication source to source_host = '127.0.0.1', source_port = ${port}, source_user = '${username}',
        source_password = '${password}', source_auto_position = 1, get_source_public_key = 1,
        source_connect_retry = 1, source_retry_count = 1000000`,
    );
    await this.ask('set global super_read_only = on');
    await this.ask('start replica');
  }

  /** Makes it the writer. */
  async lead(): Promise<void> {
    await this.ask('stop replica');
    await this.ask('reset replica all');
    await this.ask('set global super_read_only = off');
    await this.ask('set global read_only = off');
  }

  /** The transactions it has executed: a GTID set. */
  async executed(): Promise<string> {
    return String((await this.ask('select @@global.gtid_executed as it'))[0]!['it']).replaceAll('\n', '');
  }

  /** The transactions it has got from the writer. */
  async received(): Promise<string> {
    const [row] = await this.ask('show replica status');
    return String(row?.['Retrieved_Gtid_Set'] ?? '').replaceAll('\n', '');
  }

  /** The transactions it has, executed or not. */
  async got(): Promise<string> {
    return `${await this.executed()},${await this.received()}`.replace(/,$/, '');
  }

  /** Whether one GTID set is part of another. */
  async contains(whole: string, part: string): Promise<boolean> {
    return (await this.ask('select gtid_subset(?, ?) as it', [part, whole]))[0]!['it'] === 1;
  }

  async executedBeyond(set: string): Promise<string> {
    return String((await this.ask('select gtid_subtract(@@global.gtid_executed, ?) as it', [set]))[0]!['it']);
  }

  async waitFor(set: string): Promise<void> {
    const [row] = await this.ask('select wait_for_executed_gtid_set(?, ?) as timed_out', [set, patienceSeconds]);
    if (row!['timed_out'] !== 0) throw new Error('a reader does not follow the writer');
  }

  /** Ends the sessions of clients: at least those that would hold up what follows. */
  async endSessions(which: 'all' | 'in a transaction'): Promise<void> {
    const sessions = await this.ask(
      which === 'all'
        ? `select id as id from information_schema.processlist
            where id <> connection_id() and user not in ('root', 'system user', 'event_scheduler')`
        : 'select trx_mysql_thread_id as id from information_schema.innodb_trx where trx_mysql_thread_id <> 0',
    );
    for (const { id } of sessions) await this.ask('kill ?', [id]).catch(() => {});
  }

  async ask(text: string, params: readonly unknown[] = []): Promise<readonly Record<string, unknown>[]> {
    const { hostname, port, username, password } = new URL(this.url);
    const connection = await mysql.createConnection({
      host: hostname,
      port: Number(port),
      user: username,
      password,
      connectTimeout: 10_000,
    });
    connection.on('error', () => {});
    try {
      const [rows] = await connection.query(text, [...params]);
      return rows as Record<string, unknown>[];
    } finally {
      await connection.end();
    }
  }
}
