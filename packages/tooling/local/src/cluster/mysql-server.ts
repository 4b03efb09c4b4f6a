import mysql from 'mysql2/promise';
import { openMysql } from '../mysql/engine.ts';
import type { MysqlInstallation } from '../mysql/start.ts';
import { startServer } from '../start-server.ts';
import type { RunningProgram, Supervisor } from '../supervision.ts';
import type { Replica } from './replica-set.ts';

const patienceSeconds = 60;

/** One MySQL, with a data directory of its own. */
export class MysqlServer implements Replica {
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
  async follow(writer: MysqlServer): Promise<void> {
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
