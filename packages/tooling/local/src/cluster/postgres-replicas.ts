import { join } from 'node:path';
import { findPostgres } from '../postgres/binaries.ts';
import { initialisePostgres } from '../postgres/start.ts';
import type { Supervisor } from '../supervision.ts';
import { PostgresServer } from './postgres-server.ts';
import type { ReplicaSet } from './replica-set.ts';
import { until } from './until.ts';

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
      const servers = Array.from({ length: count }, (_, i) => new PostgresServer(installation, i, supervisor));
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
  readonly replicas: readonly PostgresServer[];
  readonly #held = new Set<number>();
  readonly #supervisor: Supervisor;
  #writer = 0;

  constructor(version: string, replicas: readonly PostgresServer[], supervisor: Supervisor) {
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
