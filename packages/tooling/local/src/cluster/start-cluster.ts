import { randomBytes } from 'node:crypto';
import { createAuthority } from '../certificates.ts';
import { firstDatabase, firstUser, prepareEngine } from '../engine-source.ts';
import { openIamGateway } from '../iam-strategy.ts';
import type { EngineName } from '../local.ts';
import { openMysql } from '../mysql/engine.ts';
import { serveMysql } from '../mysql/gateway.ts';
import { openPostgres } from '../postgres/engine.ts';
import { servePostgres } from '../postgres/gateway.ts';
import { startRelay } from '../relay/relay.ts';
import type { StrategySettings } from '../strategy.ts';
import { startSupervisor } from '../supervision.ts';
import type { ClusterAdapters, ClusterEndpoint, ClusterOf, ClusterOptions, ClusterServer } from './cluster.ts';
import { startMysqlReplicas } from './mysql-replicas.ts';
import { startPostgresReplicas } from './postgres-replicas.ts';

const engines = {
  postgres: { start: startPostgresReplicas, open: openPostgres, serve: servePostgres },
  mysql: { start: startMysqlReplicas, open: openMysql, serve: serveMysql },
};
const adapters: ClusterAdapters = { postgres: 'iam-pg', mysql: 'iam-mysql2' };

/** An endpoint, and which server it leads to. */
interface Led {
  readonly endpoint: ClusterEndpoint;
  /** Asked for each connection. */
  readonly server: () => number;
  /** Whether the one it leads to, or all of them, are gone. */
  readonly isDown: () => boolean;
  close(): Promise<void>;
}

/**
 * Starts a writer and readers of one engine, and an endpoint for each name that RDS would give. Nothing is left when
 * `close()` has been called or this process has died. Throws, with what to install, when the engine cannot be had.
 */
export async function startCluster<E extends EngineName>(
  engine: E,
  { readers = 2, region = 'us-east-1', clock = Date.now, log = () => {} }: ClusterOptions = {},
): Promise<ClusterOf<E>> {
  if (!Number.isInteger(readers) || readers < 1 || readers > 9) {
    throw new RangeError('startCluster: readers must be an integer from 1 to 9');
  }
  const authority = await createAuthority('sqlport local');
  const credentials = {
    accessKeyId: `AKIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  };
  const users = new Set([firstUser]);
  const settings: StrategySettings = { region, credentials, clock, log, onStatement: () => {}, authority, users };
  const supervisor = await startSupervisor();
  const opened: Led[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((led) => led.close()));
    await supervisor.close();
  };
  try {
    const set = await engines[engine].start(1 + readers, supervisor, log);
    const { replicas } = set;
    await prepareEngine(await engines[engine].open(replicas[0]!.url));
    await set.begin();

    let writer = 0;
    /** The writer as the names have it. */
    let namedWriter = 0;
    let turn = 0;
    const runningReaders = (): number[] =>
      replicas.flatMap(({ isRunning }, i) => (isRunning && i !== namedWriter ? [i] : []));
    const open = async (label: string, server: () => number, isDown: () => boolean): Promise<ClusterEndpoint> => {
      const name = `${label}.${region}.rds.amazonaws.com`;
      const target = {
        url: replicas[0]!.url,
        get address() {
          return replicas[server()]!.address;
        },
      };
      const gateway = await openIamGateway(target, settings, {
        hosts: ['localhost', '127.0.0.1', name],
        resourceId: `cluster-LOCAL${engine.toUpperCase()}`,
        serve: engines[engine].serve,
      });
      const relay = await startRelay(gateway);
      gateway.relayPorts.add(relay.port);
      const address = { host: relay.host, port: relay.port, signingHost: name };
      const endpoint = { name, address, gateway, relay };
      const closeEndpoint = async () => {
        await relay.close();
        await gateway.close();
      };
      opened.push({ endpoint, server, isDown, close: closeEndpoint });
      return endpoint;
    };
    const isDown = (index: number) => !replicas[index]!.isRunning;
    const writerEndpoint = await open(
      'shop.cluster-abc123',
      () => namedWriter,
      () => isDown(namedWriter),
    );
    const nextReader = () => {
      const running = runningReaders();
      return running[turn++ % running.length] ?? namedWriter;
    };
    const readerEndpoint = await open(
      'shop.cluster-ro-abc123',
      nextReader,
      () => runningReaders().length === 0 && isDown(namedWriter),
    );
    const servers: ClusterServer[] = [];
    for (const [i, replica] of replicas.entries()) {
      const endpoint = await open(
        `shop-${i + 1}.abc123`,
        () => i,
        () => isDown(i),
      );
      servers.push({
        endpoint,
        get url() {
          return replica.url;
        },
        get role() {
          return i === writer ? ('writer' as const) : ('reader' as const);
        },
        get isRunning() {
          return replica.isRunning;
        },
      });
    }
    const check = (index: number, must: { readonly run: boolean }): number => {
      const replica = replicas[index];
      if (!replica) throw new RangeError(`There is no server ${index}: they are 0 to ${replicas.length - 1}.`);
      if (replica.isRunning !== must.run) throw new Error(`Server ${index} is ${must.run ? 'not ' : ''}running.`);
      return index;
    };
    const reader = (index: number): number => {
      if (index === writer) throw new Error(`Server ${index} is the writer.`);
      return check(index, { run: true });
    };
    /** Makes the endpoints listen, or not, according to who is there. */
    const update = async (): Promise<void> => {
      for (const { endpoint, isDown } of opened) await endpoint.relay.change({ refuse: isDown() });
    };
    /** The endpoints that lead to a server and to no other. */
    const leadingTo = (index: number): ClusterEndpoint[] =>
      index === namedWriter ? [servers[index]!.endpoint, writerEndpoint] : [servers[index]!.endpoint];
    const host = 'localhost';
    let closed: Promise<void> | undefined;
    const cluster: ClusterOf<E> = {
      kind: set.kind,
      version: set.version,
      config: {
        adapter: adapters[engine],
        host,
        port: writerEndpoint.address.port,
        user: firstUser,
        database: firstDatabase,
        region,
        ca: authority.pem,
        credentials,
      },
      writer: writerEndpoint,
      reader: readerEndpoint,
      names: new Map(opened.map(({ endpoint: { name, address } }) => [name, { host, port: address.port }])),
      servers,
      credentials,
      ca: authority.pem,
      async failOver({ to, sockets = 'cut', names = 'at once' } = {}) {
        const next = reader(to ?? (await set.mostAdvanced(writer)));
        const affected = leadingTo(writer);
        for (const { relay } of affected) {
          await relay.change({ refuse: true });
          if (sockets === 'cut') relay.cut();
          if (sockets === 'black-hole') relay.swallow();
        }
        await set.switchOver(writer, next, sockets === 'keep');
        writer = next;
        if (names === 'at once') namedWriter = writer;
        await update();
      },
      refreshNames() {
        namedWriter = writer;
      },
      async holdReplication(index) {
        await set.hold(reader(index), true);
      },
      async resumeReplication(index) {
        await set.hold(reader(index), false);
      },
      caughtUp: () => set.caughtUp(writer),
      async killServer(index) {
        check(index, { run: true });
        for (const { relay } of leadingTo(index)) relay.cut();
        await set.kill(index);
        await update();
      },
      async restartServer(index) {
        await set.restart(check(index, { run: false }), writer);
        await update();
      },
      close: () => (closed ??= close()),
      [Symbol.asyncDispose]: () => cluster.close(),
    };
    await cluster.caughtUp();
    return cluster;
  } catch (error) {
    await close();
    throw error;
  }
}
