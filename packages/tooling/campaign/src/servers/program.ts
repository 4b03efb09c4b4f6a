/** Starts engines, endpoints and relays, and does for the parent process what it asks; ends with it. */
import { type Cluster, startCluster, startLocal } from '@sqlport/local';
import { isPostgres, type Strategy } from '../strategies.ts';
import type { Order } from './order.ts';
import { ServedTarget } from './served-target.ts';

const local = await startLocal();
/** By engine. A cluster's server comes back on its port, with all that it has acknowledged. */
const clusters = new Map<'postgres' | 'mysql', Promise<Cluster>>();

function clusterFor(strategy: Strategy): Promise<Cluster> {
  const engine = isPostgres(strategy) ? 'postgres' : 'mysql';
  const cluster = clusters.get(engine) ?? startCluster(engine, { readers: 1 });
  clusters.set(engine, cluster);
  return cluster;
}

const targets = new Map<number, ServedTarget>();
let lastKey = 0;

const methods = {
  async open(strategy: Strategy, mayCrash: boolean) {
    const cluster = mayCrash ? await clusterFor(strategy) : undefined;
    const shared = isPostgres(strategy) ? local.postgres : local.mysql;
    const { url } = cluster === undefined ? shared! : cluster.servers[0]!;
    const served = await ServedTarget.open(url, strategy, cluster);
    const key = ++lastKey;
    targets.set(key, served);
    return { key, target: served.target };
  },
  arm: (key: number, order: Order) => targets.get(key)!.arm(order),
  disarm: async (key: number) => targets.get(key)!.disarm(),
  crash: (key: number, delayMs: number) => targets.get(key)!.crash(delayMs),
  held: (key: number) => targets.get(key)!.held(),
  idle: (key: number) => targets.get(key)!.idle(),
  expire: async (key: number, idleMs: number) => targets.get(key)!.expire(idleMs),
  async close(key: number) {
    const served = targets.get(key)!;
    targets.delete(key);
    await served.close();
  },
};

/** What the parent may ask for. */
export type Methods = typeof methods;

interface Question {
  readonly id: number;
  readonly method: keyof Methods;
  readonly args: readonly never[];
}

process.on('message', ({ id, method, args }: Question) => {
  const work = (methods[method] as (...args: readonly never[]) => Promise<unknown>)(...args);
  work.then(
    (value) => process.send!({ id, value }),
    (error: unknown) => process.send!({ id, error: String(error) }),
  );
});
process.once('disconnect', async () => {
  await Promise.all(Array.from(targets.values(), (served) => served.close()));
  for (const cluster of clusters.values()) await (await cluster).close();
  await local.close();
  // Without this, Node.js 24 was seen to wait for ever for handles that it had closed itself.
  process.exit();
});
// An interrupt from the terminal reaches every process; the parent is the one to say when this one ends.
process.on('SIGINT', () => {});
process.send!({ id: 0 });
