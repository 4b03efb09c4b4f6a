import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ConnectorError } from '../src/errors.ts';
import { type PhysicalConnections, Pool, type PoolOptions } from '../src/spi/pool.ts';

/** A connection that says what was done with it. */
interface Line {
  readonly id: number;
  alive: boolean;
  answers: 'yes' | 'no' | 'never';
  reffed: boolean;
  gone: 'ended' | 'destroyed' | undefined;
}

/** Opens lines; `hold` makes openings wait until `settle` lets them pass or fail, one after another. */
class Exchange implements PhysicalConnections<Line> {
  readonly lines: Line[] = [];
  readonly openings: { pass(): void; fail(error: unknown): void }[] = [];
  hold = false;
  probes = 0;

  open(): Promise<Line> {
    return new Promise((resolve, reject) => {
      const pass = () => {
        const line: Line = { id: this.lines.length, alive: true, answers: 'yes', reffed: true, gone: undefined };
        this.lines.push(line);
        resolve(line);
      };
      if (this.hold) this.openings.push({ pass, fail: reject });
      else pass();
    });
  }
  isAlive = (line: Line) => line.alive;
  async probe(line: Line): Promise<void> {
    this.probes++;
    if (line.answers === 'no') throw new Error('gone');
    if (line.answers === 'never') await new Promise(() => undefined);
  }
  async end(line: Line): Promise<void> {
    line.gone ??= 'ended';
    if (line.answers === 'never') await new Promise(() => undefined);
  }
  destroy(line: Line): void {
    line.gone ??= 'destroyed';
  }
  ref = (line: Line) => {
    line.reffed = true;
  };
  unref = (line: Line) => {
    line.reffed = false;
  };
}

let exchange: Exchange;
const pool = (options: Partial<PoolOptions> = {}) =>
  new Pool<Line>(exchange, {
    max: 2,
    acquireTimeoutMs: 30_000,
    idleProbeMs: 10_000,
    maxLifetimeMs: 1_800_000,
    ...options,
  });

beforeEach(() => {
  vi.useFakeTimers();
  exchange = new Exchange();
});
afterEach(() => {
  vi.useRealTimers();
});

it('opens nothing before the first use and reuses what it has', async () => {
  const p = pool();
  expect(p.size).toBe(0);
  for (let i = 0; i < 3; i++) (await p.acquire()).release();
  expect(exchange.lines).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});

it('never opens more than max, and lends to who has waited longest', async () => {
  const p = pool();
  const first = await p.acquire();
  await p.acquire();
  const order: string[] = [];
  const third = p.acquire().then((lease) => {
    order.push('third');
    lease.release();
  });
  const fourth = p.acquire().then(() => order.push('fourth'));
  expect(p.size).toBe(2);
  first.release();
  await Promise.all([third, fourth]);
  expect(order).toEqual(['third', 'fourth']);
  expect(exchange.lines).toHaveLength(2);
});

it('counts openings that are under way', async () => {
  exchange.hold = true;
  const p = pool();
  const all = [p.acquire(), p.acquire(), p.acquire()];
  expect(exchange.openings).toHaveLength(2);
  for (const opening of exchange.openings) opening.pass();
  (await all[0]!).release();
  await Promise.all(all);
  expect(exchange.lines).toHaveLength(2);
});

it('hands out the last used connection first', async () => {
  const p = pool();
  const [a, b] = [await p.acquire(), await p.acquire()];
  a.release();
  b.release();
  expect((await p.acquire()).connection).toBe(b.connection);
});

it('keeps sockets of idle connections from holding the process, and those in use not', async () => {
  const p = pool();
  const lease = await p.acquire();
  expect(lease.connection.reffed).toBe(true);
  lease.release();
  expect(lease.connection.reffed).toBe(false);
  expect((await p.acquire()).connection.reffed).toBe(true);
});

it('ignores a lease that is given back twice', async () => {
  const p = pool();
  const lease = await p.acquire();
  lease.release();
  const again = await p.acquire();
  lease.release();
  lease.destroy();
  expect(again.connection.gone).toBeUndefined();
  expect((await p.acquire()).connection).not.toBe(again.connection);
});

it('probes a connection that was idle for long, and only then', async () => {
  const p = pool();
  (await p.acquire()).release();
  vi.setSystemTime(Date.now() + 9_000);
  (await p.acquire()).release();
  expect(exchange.probes).toBe(0);
  vi.setSystemTime(Date.now() + 11_000);
  (await p.acquire()).release();
  expect(exchange.probes).toBe(1);
  expect(exchange.lines).toHaveLength(1);
});

it.each(['no', 'never'] as const)('replaces unseen a connection whose probe answers %j', async (answers) => {
  const p = pool();
  const lease = await p.acquire();
  lease.release();
  lease.connection.answers = answers;
  vi.setSystemTime(Date.now() + 11_000);
  const next = p.acquire();
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await next).connection.id).toBe(1);
  expect(lease.connection.gone).toBe('destroyed');
  expect(p.size).toBe(1);
});

it('drops all idle connections when a probe is not answered in time, rather than wait for each', async () => {
  const p = pool({ max: 3 });
  const leases = [await p.acquire(), await p.acquire(), await p.acquire()];
  for (const lease of leases) {
    lease.release();
    lease.connection.answers = 'never';
  }
  vi.setSystemTime(Date.now() + 11_000);
  const next = p.acquire();
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await next).connection.id).toBe(3);
  expect(leases.map(({ connection }) => connection.gone)).toEqual(['destroyed', 'destroyed', 'destroyed']);
  expect(exchange.probes).toBe(1);
  expect(p.size).toBe(1);
});

it('keeps the other idle connections when a probe is refused at once', async () => {
  const p = pool();
  const leases = [await p.acquire(), await p.acquire()];
  for (const lease of leases) lease.release();
  leases[1]!.connection.answers = 'no';
  vi.setSystemTime(Date.now() + 11_000);
  expect((await p.acquire()).connection).toBe(leases[0]!.connection);
  expect(exchange.lines).toHaveLength(2);
});

it('replaces unseen a connection that is known to be dead', async () => {
  const p = pool();
  const lease = await p.acquire();
  lease.release();
  lease.connection.alive = false;
  expect((await p.acquire()).connection.id).toBe(1);
  expect(p.size).toBe(1);
});

it('replaces a connection past its life time, by the wall clock', async () => {
  const p = pool({ maxLifetimeMs: 60_000, idleProbeMs: 100_000 });
  const lease = await p.acquire();
  lease.release();
  vi.setSystemTime(Date.now() + 61_000);
  expect((await p.acquire()).connection.id).toBe(1);
  expect(lease.connection.gone).toBe('ended');
});

it('retires idle connections at once and busy ones when they come back', async () => {
  const p = pool({ max: 3 });
  const [a, b, c] = [await p.acquire(), await p.acquire(), await p.acquire()];
  a.release();
  c.retire();
  expect(c.connection.gone).toBe('destroyed');
  expect(a.connection.gone).toBe('ended');
  expect(b.connection.gone).toBeUndefined();
  b.release();
  expect(b.connection.gone).toBe('ended');
  expect((await p.acquire()).connection.id).toBe(3);
});

it('retires a connection that was being opened meanwhile', async () => {
  const p = pool();
  const failing = await p.acquire();
  exchange.hold = true;
  const lease = p.acquire();
  failing.retire();
  exchange.openings[0]!.pass();
  await vi.advanceTimersByTimeAsync(0);
  expect(exchange.lines[1]!.gone).toBe('ended');
  exchange.openings[1]!.pass();
  expect((await lease).connection.id).toBe(2);
});

it('does not retire what is newer than the connection that failed', async () => {
  const p = pool({ max: 3 });
  const [a, b] = [await p.acquire(), await p.acquire()];
  a.retire();
  const newer = await p.acquire();
  newer.release();
  vi.advanceTimersByTime(5_000);
  b.retire();
  expect(newer.connection.gone).toBeUndefined();
  expect((await p.acquire()).connection).toBe(newer.connection);
});

it('does not retire again and again for a server that stays as it is', async () => {
  const p = pool({ max: 3 });
  (await p.acquire()).retire();
  const [a, b] = [await p.acquire(), await p.acquire()];
  a.release();
  b.retire();
  expect(b.connection.gone).toBe('destroyed');
  expect(a.connection.gone).toBeUndefined();
  vi.advanceTimersByTime(1_000);
  (await p.acquire()).retire();
  expect(a.connection.gone).toBe('destroyed');
});

it('gives a waiter the place of a destroyed connection', async () => {
  const p = pool({ max: 1 });
  const lease = await p.acquire();
  const next = p.acquire();
  lease.destroy();
  expect((await next).connection.id).toBe(1);
  expect(lease.connection.gone).toBe('destroyed');
});

it('says what holds the connections when none gets free in time', async () => {
  const p = pool({ acquireTimeoutMs: 500 });
  await p.acquire(undefined, 'transaction');
  await p.acquire(undefined, 'stream');
  const late = p.acquire().catch((error: unknown) => error);
  await vi.advanceTimersByTimeAsync(500);
  expect(await late).toMatchObject({
    code: 'TIMEOUT',
    outcome: 'not-applied',
    message: expect.stringMatching(/All 2 .* 500 ms \(1 by open transactions, 1 by streams\).*use tx/),
  });
  expect(vi.getTimerCount()).toBe(0);
});

it('settles an aborted wait at once, and lends the connection it waited for to the next one', async () => {
  exchange.hold = true;
  const p = pool({ max: 1 });
  const caller = new AbortController();
  const first = p.acquire(caller.signal).catch((error: unknown) => error);
  const second = p.acquire();
  caller.abort();
  expect(await first).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
  exchange.openings[0]!.pass();
  expect((await second).connection.id).toBe(0);
  expect(exchange.openings).toHaveLength(1);
});

it('refuses a signal that is aborted already', async () => {
  await expect(pool().acquire(AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
  expect(exchange.lines).toHaveLength(0);
});

it('answers with what opening threw, and tries anew at the next call', async () => {
  exchange.hold = true;
  const p = pool({ max: 1 });
  const waiting = [p.acquire(), p.acquire()].map((each) => each.catch((error: unknown) => error));
  exchange.openings[0]!.fail(new ConnectorError('UNREACHABLE', 'no route'));
  expect(await Promise.all(waiting)).toEqual([
    expect.objectContaining({ code: 'UNREACHABLE' }),
    expect.objectContaining({ code: 'UNREACHABLE' }),
  ]);
  const next = p.acquire();
  exchange.openings[1]!.pass();
  expect((await next).connection.id).toBe(0);
});

it('lets others wait on for a connection that is still being opened', async () => {
  exchange.hold = true;
  const p = pool();
  const first = p.acquire().catch((error: unknown) => error);
  const second = p.acquire();
  exchange.openings[0]!.fail(new ConnectorError('UNREACHABLE', 'no route'));
  expect(await first).toMatchObject({ code: 'UNREACHABLE' });
  exchange.openings[1]!.pass();
  expect((await second).connection.id).toBe(0);
});

it('lets others wait on for a connection in use when opening fails', async () => {
  const p = pool({ max: 2 });
  const lease = await p.acquire();
  exchange.hold = true;
  const second = p.acquire().catch((error: unknown) => error);
  const third = p.acquire();
  exchange.openings[0]!.fail(new ConnectorError('THROTTLED', 'too many'));
  expect(await second).toMatchObject({ code: 'THROTTLED' });
  lease.release();
  expect((await third).connection).toBe(lease.connection);
});

it('frees everything on close: idle, silent, in use and still opening', async () => {
  const p = pool({ max: 4 });
  const [idle, silent, busy] = [await p.acquire(), await p.acquire(), await p.acquire()];
  exchange.hold = true;
  const caller = new AbortController();
  const gone = p.acquire(caller.signal).catch((error: unknown) => error);
  caller.abort();
  await gone;
  idle.release();
  silent.release();
  silent.connection.answers = 'never';
  const closing = p.close();
  await vi.advanceTimersByTimeAsync(1_000);
  await closing;
  exchange.openings[0]!.pass();
  busy.release();
  await vi.advanceTimersByTimeAsync(0);
  expect(exchange.lines.map((line) => line.gone)).toEqual(['ended', 'ended', 'destroyed', 'destroyed']);
  expect(p.size).toBe(0);
  await expect(p.acquire()).rejects.toMatchObject({ code: 'CLOSED' });
});

it('rejects who waits with CLOSED on close', async () => {
  const p = pool({ max: 1 });
  await p.acquire();
  const waiting = p.acquire().catch((error: unknown) => error);
  await p.close();
  expect(await waiting).toMatchObject({ code: 'CLOSED', outcome: 'not-applied' });
});
