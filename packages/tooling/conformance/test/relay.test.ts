import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { startRelay } from '../src/relay.ts';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

/** A server that answers whatever it is sent, and a client of a relay before it. */
async function setUp(cutAfter?: RegExp) {
  const server = createServer((socket) => socket.pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const relay = await startRelay({ host: '127.0.0.1', port }, cutAfter);
  const client = connect(relay.port, '127.0.0.1');
  await once(client, 'connect');
  endings.push(
    () => client.destroy(),
    () => relay.close(),
    () => server.close(),
  );
  return { relay, client };
}

async function answerTo(client: Socket, text: string): Promise<string> {
  client.write(text);
  return String((await once(client, 'data'))[0]);
}

test('a relay passes what both sides send', async () => {
  const { client } = await setUp();
  expect(await answerTo(client, 'hello')).toBe('hello');
});

test('cut() ends its connections, and resolves when the clients have noticed', async () => {
  const { relay, client } = await setUp();
  await answerTo(client, 'hello');
  let noticed = false;
  client.on('end', () => {
    noticed = true;
  });
  await relay.cut();
  expect(noticed).toBe(true);
});

test('cutAfter loses the answer to such bytes, and no other', async () => {
  const { client } = await setUp(/commit/);
  expect(await answerTo(client, 'begin')).toBe('begin');
  const answers: unknown[] = [];
  client.on('data', (chunk) => answers.push(chunk));
  client.on('error', () => {});
  client.write('commit');
  await once(client, 'close');
  expect(answers).toEqual([]);
});
