import { setTimeout as pause } from 'node:timers/promises';
import { type Cluster, type Local, type LocalDatabase, type Relay, startLocal, startRelay } from '@sqlport/local';
import { isPostgres, isTcp, type Strategy } from '../strategies.ts';
import { type EngineSql, openEngineSql } from './engine-sql.ts';
import type { Order } from './order.ts';
import type { Held, Target } from './target.ts';

/** How long a client may take to end, behind its caller's back, what it has begun at an HTTP endpoint. */
const CLEANUP_MS = 100;
/** A target in the process of the servers: its endpoints, which nobody else uses, its relay, and what steers them. */
export class ServedTarget {
  readonly target: Target;
  readonly #local: Local;
  readonly #relay: Relay;
  readonly #database: string;
  readonly #cluster: Cluster | undefined;
  #engine: EngineSql;
  /** Takes back what is armed, and says whether it has struck. */
  #disarm: () => boolean = () => false;

  private constructor(
    local: Local,
    target: Target,
    relay: Relay,
    engine: EngineSql,
    database: string,
    cluster: Cluster | undefined,
  ) {
    this.#local = local;
    this.target = target;
    this.#relay = relay;
    this.#engine = engine;
    this.#database = database;
    this.#cluster = cluster;
  }

  /** Endpoints of its own before an engine that runs; `cluster`: it is the first server there. */
  static async open(engineUrl: string, strategy: Strategy, cluster?: Cluster): Promise<ServedTarget> {
    const local = await startLocal({
      postgres: isPostgres(strategy) && { url: engineUrl },
      mysql: !isPostgres(strategy) && { url: engineUrl },
    });
    const database = await local.createDatabase();
    const relay = await startRelay({ host: '127.0.0.1', port: local.endpoints[strategy].port });
    if (strategy === 'iam-pg' || strategy === 'iam-mysql2') local.endpoints[strategy].relayPorts.add(relay.port);
    const url = new URL(engineUrl);
    url.pathname = database.name;
    const target = { strategy, config: throughRelay(database, strategy, relay), url: url.href };
    return new ServedTarget(local, target, relay, await openEngineSql(url.href), database.name, cluster);
  }

  /** Resolves when it is armed, or done where it strikes at once. One at a time: it takes the place of the one before. */
  async arm(order: Order): Promise<void> {
    this.disarm();
    switch (order.at) {
      case 'relay': {
        if (order.cut) this.#relay.cut();
        // A cut strikes whoever takes a connection next.
        let struck = order.cut === true;
        void this.#relay.once(order.fault).then(() => {
          struck = true;
        });
        this.#disarm = () => {
          this.#relay.disarm();
          return struck;
        };
        return;
      }
      case 'data-api': {
        const off = this.#endpoint('data-api').faults.add(order.fault);
        this.#disarm = () => !off();
        return;
      }
      case 'tidb': {
        const ordered = this.#local.endpoints['tidb-serverless'].injectFault(order.fault);
        this.#disarm = () => {
          ordered.clear();
          return ordered.hits > 0;
        };
        return;
      }
      case 'terminate':
        await this.#terminate();
        this.#disarm = () => true;
        return;
      case 'expire-tokens':
        await this.#endpoint('gateway').expireTokens();
        this.#relay.cut();
        this.#disarm = () => true;
    }
  }

  /** Takes back what was armed. Resolves to whether it had struck. */
  disarm(): boolean {
    const struck = this.#disarm();
    this.#disarm = () => false;
    return struck;
  }

  /** Kills the database server after so long, and starts it again. */
  async crash(delayMs: number): Promise<void> {
    await pause(delayMs);
    await this.#cluster!.killServer(0);
    await this.#cluster!.restartServer(0);
    this.#engine = await openEngineSql(this.target.url);
  }

  async held(): Promise<Held> {
    const transactions = isPostgres(this.target.strategy)
      ? `select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null`
      : `select count(*) from information_schema.innodb_trx t join information_schema.processlist p on p.id = t.trx_mysql_thread_id where p.db = database() and p.id <> connection_id()`;
    const [[open]] = (await this.#engine.rows(transactions)) as [[unknown]];
    return { connections: this.#relay.connections.open, sessions: this.#sessions, transactions: Number(open) };
  }

  /**
   * Waits until an HTTP endpoint holds nothing for its client any more. Resolves to whether it took the endpoint's own
   * limit of idle time: no client can end what it was never told of.
   */
  async idle(): Promise<boolean> {
    const until = performance.now() + CLEANUP_MS;
    while (this.#sessions > 0 && performance.now() < until) await pause(2);
    if (this.#sessions === 0) return false;
    while (this.#sessions > 0) {
      this.expire(0);
      await pause(2);
    }
    return true;
  }

  /** Ends what an HTTP endpoint keeps and nobody has used for so long, as its own limit would. */
  expire(idleMs: number): void {
    const { strategy } = this.target;
    if (strategy === 'tidb-serverless') this.#local.endpoints[strategy].expireSessions(idleMs);
    else if (!isTcp(strategy)) this.#endpoint('data-api').expireTransactions(idleMs);
  }

  async close(): Promise<void> {
    await this.#relay.close();
    await this.#engine[Symbol.asyncDispose]();
    await this.#local.close();
  }

  /** What an HTTP endpoint keeps for its client. */
  get #sessions(): number {
    const { strategy } = this.target;
    if (strategy === 'tidb-serverless') return this.#local.endpoints[strategy].sessions;
    return isTcp(strategy) ? 0 : this.#endpoint('data-api').openTransactions;
  }

  async #terminate(): Promise<void> {
    if (isPostgres(this.target.strategy)) {
      await this.#engine.rows(
        'select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()',
      );
      return;
    }
    const sessions = await this.#engine.rows(
      `select id from information_schema.processlist where db = '${this.#database}' and id <> connection_id()`,
    );
    // One that has just ended by itself is no failure.
    for (const [id] of sessions) await this.#engine.rows(`kill ${Number(id)}`).catch(() => []);
  }

  #endpoint(kind: 'data-api'): Local['endpoints']['data-api-postgres'];
  #endpoint(kind: 'gateway'): Local['endpoints']['iam-pg'];
  #endpoint(): unknown {
    return this.#local.endpoints[this.target.strategy];
  }
}

function throughRelay({ configs }: LocalDatabase, strategy: Strategy, { port }: Relay): Target['config'] {
  switch (strategy) {
    case 'iam-pg':
    case 'iam-mysql2':
      return { ...configs[strategy], port };
    case 'data-api-postgres':
    case 'data-api-mysql':
      return { ...configs[strategy], endpoint: `http://127.0.0.1:${port}` };
    case 'tidb-serverless': {
      const { fetch: _, ...config } = configs[strategy];
      return { ...config, port };
    }
  }
}
