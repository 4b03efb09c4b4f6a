/** Starts engines, endpoints and relays, and does for the parent process what it asks; ends with it. */
import { startLocal } from '@sqlport/local';
import type { Strategy } from '../strategies.ts';
import type { Order } from './order.ts';
import { ServedTarget } from './served-target.ts';

const local = await startLocal();
const targets = new Map<number, ServedTarget>();

const methods = {
  async open(strategy: Strategy) {
    const served = await ServedTarget.open(local, strategy);
    targets.set(targets.size, served);
    return { key: targets.size - 1, target: served.target };
  },
  arm: (key: number, order: Order) => targets.get(key)!.arm(order),
  disarm: async (key: number) => targets.get(key)!.disarm(),
  held: (key: number) => targets.get(key)!.held(),
  idle: (key: number) => targets.get(key)!.idle(),
  passIdleTime: (key: number) => targets.get(key)!.passIdleTime(),
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
  await local.close();
  // Without this, Node.js 24 was seen to wait for ever for handles that it had closed itself.
  process.exit();
});
// An interrupt from the terminal reaches every process; the parent is the one to say when this one ends.
process.on('SIGINT', () => {});
process.send!({ id: 0 });
