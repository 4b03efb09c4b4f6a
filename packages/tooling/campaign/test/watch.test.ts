import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { Servers } from '../src/servers/servers.ts';
import { open } from '../src/strategies.ts';
import { ProcessWatch } from '../src/watch/process.ts';
import { leftOnServers } from '../src/watch/target.ts';

test('sockets, timers and listeners that are left in the process are named', async () => {
  using watch = new ProcessWatch();
  expect(await watch.leaks()).toEqual([]);

  const server = createServer().listen(0);
  await once(server, 'listening');
  const timer = setTimeout(() => {}, 60_000);
  const listener = () => {};
  process.on('SIGUSR2', listener);
  const leaks = await watch.leaks(50);
  expect(leaks).toContain('1 TCPServerWrap left in this process');
  expect(leaks).toContain('1 Timeout left in this process');
  expect(leaks).toContain('listeners left on this process');

  process.off('SIGUSR2', listener);
  clearTimeout(timer);
  server.close();
  await once(server, 'close');
  expect(await watch.leaks()).toEqual([]);
});

test('a transaction that is left on the servers is named', { timeout: 120_000 }, async () => {
  await using servers = await Servers.start();
  for (const strategy of ['iam-mysql2', 'data-api-postgres'] as const) {
    await using target = await servers.open(strategy);
    const db = open(target, 1);
    await db.script('create table t (a int); insert into t values (1)');
    const transaction = await db.begin();
    await transaction.query('update t set a = 2');
    expect((await leftOnServers(target, 0)).join()).toMatch(/transactions left on the server/);
    await db.close();
    expect(await leftOnServers(target)).toEqual([]);
  }
});
