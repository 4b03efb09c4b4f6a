import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ConnectorError } from '../src/errors.ts';
import { meansFailover, Pool, type ReaderFallback, RoutedPools } from '../src/spi/pool.ts';

/** A server to open connections to; a connection is its name. */
class Server {
  readonly pool: Pool<string>;
  openings = 0;
  /** What opening fails with. */
  failure: unknown;
  hold: Promise<void> | undefined;

  constructor(name: string, max = 1) {
    this.pool = new Pool<string>(
      {
        open: async () => {
          this.openings++;
          await this.hold;
          if (this.failure !== undefined) throw this.failure;
          return name;
        },
        isAlive: () => true,
        probe: async () => {},
        end: async () => {},
        destroy: () => {},
        ref: () => {},
        unref: () => {},
      },
      { max, acquireTimeoutMs: 1_000, idleProbeMs: 1_000_000, maxLifetimeMs: 1_800_000 },
    );
  }
}

let writer: Server;
let readers: Server[];
beforeEach(() => {
  vi.useFakeTimers();
  writer = new Server('writer');
  readers = [new Server('one'), new Server('two')];
});
afterEach(() => {
  vi.useRealTimers();
});

const routed = (fallback?: ReaderFallback) =>
  new RoutedPools(
    writer.pool,
    readers.map(({ pool }) => pool),
    fallback,
  );

async function who(pools: RoutedPools<string>, route?: 'reader' | 'writer', signal?: AbortSignal): Promise<string> {
  const lease = await pools.acquire(signal, 'statement', route);
  lease.release();
  return lease.connection;
}

const gone = () => new ConnectorError('UNREACHABLE', 'Gone.');

describe('routed pools', () => {
  it('ask the writer unless a reader is asked for, and open nothing else', async () => {
    const pools = routed();
    expect([await who(pools), await who(pools, 'writer')]).toEqual(['writer', 'writer']);
    expect(readers.map(({ openings }) => openings)).toEqual([0, 0]);
  });

  it('ask the readers in turn', async () => {
    const pools = routed();
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await who(pools, 'reader'));
    expect(answers).toEqual(['one', 'two', 'one', 'two']);
    expect(writer.openings).toBe(0);
  });

  it('ask the writer where there is no reader', async () => {
    expect(await who(new RoutedPools(writer.pool), 'reader')).toBe('writer');
  });

  it('pass over a reader that cannot be reached, without asking it again and again', async () => {
    readers[0]!.failure = gone();
    const pools = routed();
    for (let i = 0; i < 4; i++) expect(await who(pools, 'reader')).toBe('two');
    expect(readers[0]!.openings).toBe(1);
  });

  it('see by the wall clock whether it is back, while another answers', async () => {
    readers[0]!.failure = gone();
    const pools = routed();
    await who(pools, 'reader');
    readers[0]!.failure = undefined;
    vi.setSystemTime(Date.now() + 10_000);
    let back = () => {};
    readers[0]!.hold = new Promise((resolve) => {
      back = resolve;
    });
    expect([await who(pools, 'reader'), await who(pools, 'reader')]).toEqual(['two', 'two']);
    expect(readers[0]!.openings).toBe(2);
    back();
    await vi.waitUntil(() => readers[0]!.pool.failedAt === undefined);
    expect(new Set([await who(pools, 'reader'), await who(pools, 'reader')])).toEqual(new Set(['one', 'two']));
  });

  it('let the writer answer while no reader does', async () => {
    for (const reader of readers) reader.failure = gone();
    const pools = routed();
    expect([await who(pools, 'reader'), await who(pools, 'reader')]).toEqual(['writer', 'writer']);
    expect(readers.map(({ openings }) => openings)).toEqual([1, 1]);
  });

  it('without that, say what the last reader said, and ask all of them each time', async () => {
    for (const reader of readers) reader.failure = gone();
    const pools = routed('none');
    for (let i = 0; i < 2; i++) await expect(who(pools, 'reader')).rejects.toMatchObject({ code: 'UNREACHABLE' });
    expect(readers.map(({ openings }) => openings)).toEqual([2, 2]);
    expect(writer.openings).toBe(0);
  });

  it('pass over a reader whose opening nobody has waited for', async () => {
    readers[0]!.failure = gone();
    let fail = () => {};
    readers[0]!.hold = new Promise((resolve) => {
      fail = resolve;
    });
    const pools = routed();
    const caller = new AbortController();
    const left = expect(who(pools, 'reader', caller.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    caller.abort();
    await left;
    fail();
    await vi.waitUntil(() => readers[0]!.pool.failedAt !== undefined);
    expect([await who(pools, 'reader'), await who(pools, 'reader')]).toEqual(['two', 'two']);
  });

  it.each(['AUTH', 'CONFIG', 'PERMISSION'] as const)('do not hide that a reader answers %s', async (code) => {
    readers[0]!.failure = new ConnectorError(code, 'Wrong.');
    await expect(who(routed(), 'reader')).rejects.toMatchObject({ code });
  });

  it('do not take a reader whose connections are all in use for dead', async () => {
    const pools = routed();
    const lease = await readers[0]!.pool.acquire();
    const waiting = expect(who(pools, 'reader')).rejects.toMatchObject({ code: 'TIMEOUT' });
    await vi.advanceTimersByTimeAsync(1_000);
    await waiting;
    lease.release();
    expect(new Set([await who(pools, 'reader'), await who(pools, 'reader')])).toEqual(new Set(['one', 'two']));
  });

  it('close all that is open', async () => {
    const pools = routed();
    for (let i = 0; i < 2; i++) await who(pools, 'reader');
    await who(pools);
    await pools.close();
    expect([writer, ...readers].map(({ pool }) => pool.size)).toEqual([0, 0, 0]);
    await expect(who(pools, 'reader')).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('an error', () => {
  const [writes, isAlive] = [true, true];
  it.each([
    ['UNREACHABLE', { writes, isAlive: false }, true],
    ['UNREACHABLE', { writes: false, isAlive: false }, true],
    ['UNREACHABLE', { writes, isAlive }, false],
    ['READ_ONLY', { writes, isAlive }, true],
    ['READ_ONLY', { writes: false, isAlive }, false],
    ['CONSTRAINT', { writes, isAlive: false }, false],
  ] as const)('%s with %o means a failover: %s', (code, situation, expected) => {
    expect(meansFailover(new ConnectorError(code, 'x'), situation)).toBe(expected);
  });
});
