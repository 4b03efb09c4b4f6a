import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../cache-directory.ts';
import { openMysql } from '../mysql/engine.ts';
import { findMysql } from '../mysql/find.ts';
import { installMysql } from '../mysql/start.ts';
import type { Supervisor } from '../supervision.ts';
import { MysqlServer } from './mysql-server.ts';
import type { ReplicaSet } from './replica-set.ts';

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
          const server = new MysqlServer(installation, i, supervisor);
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
  readonly replicas: readonly MysqlServer[];
  readonly #held = new Set<number>();

  constructor(version: string, replicas: readonly MysqlServer[]) {
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
