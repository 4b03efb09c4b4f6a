import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import type { IamGateway } from '../../gateway.ts';
import { capability } from '../../mysql/handshake.ts';
import { logInClient } from '../../mysql/login.ts';
import { errorPayload, okPayload, packet } from '../../mysql/packet.ts';
import { hangUp } from '../../streams.ts';
import { BorrowTimeout } from '../backend-pool.ts';
import type { ProxyState, ProxyThrottle } from '../rds-proxy.ts';
import { EngineRefused, fetchGreeting, type MysqlBackend } from './backend.ts';
import { MysqlSession } from './session.ts';

/** What a proxy cannot follow: files sent by the client, and attributes in front of a query's text. */
const withheld = capability.localFiles | capability.queryAttributes;

const throttled: Readonly<Record<ProxyThrottle, string>> = {
  'iam-rate': 'IAM authentication rate limit exceeded',
  'connection-rate': 'Connections rate limit exceeded (200)',
  'connection-limit': 'Number simultaneous connections exceeded (1000)',
};

/** Serves a MySQL client as RDS Proxy does. The texts are from the RDS user guide, "Troubleshooting for RDS Proxy". */
export async function serveProxiedMysql(
  socket: Socket,
  gateway: IamGateway,
  proxy: ProxyState<MysqlBackend>,
): Promise<void> {
  const { throttle } = proxy;
  if (throttle === 'connection-rate' || throttle === 'connection-limit') {
    hangUp(socket, packet(0, errorPayload(1040, 'HY000', throttled[throttle])));
    return;
  }
  const { settings } = gateway;
  const greeting = await fetchGreeting(settings.upstream());
  const client = await logInClient(
    socket,
    gateway,
    { ...greeting, threadId: strangersId(proxy) },
    {
      withheld,
      noTls: errorPayload(3159, 'HY000', 'This RDS Proxy requires TLS connections.'),
      instead: () => (proxy.throttle === 'iam-rate' ? errorPayload(1040, 'HY000', throttled['iam-rate']) : undefined),
    },
  );
  if (!client) return;

  const { stream, response, password, sequence } = client;
  const session = new MysqlSession(stream, proxy.nextSession(), proxy, {
    upstream: settings.upstream,
    response,
    password,
    onStatement: settings.onStatement,
  });
  try {
    proxy.pool.release(await session.borrow());
  } catch (error) {
    const refuse = (payload: Buffer) => hangUp(stream, packet(sequence, payload));
    if (error instanceof BorrowTimeout) return refuse(errorPayload(9501, 'HY000', error.message));
    if (error instanceof EngineRefused) return refuse(error.payload);
    throw error;
  }
  stream.write(packet(sequence, okPayload()));
  await session.run();
}

/**
 * The thread id that a session is told. It is the proxy's own and means nothing to the engine: here it is that of a
 * backend, if there is one, so that a client which kills by it is sure to meet a stranger.
 */
function strangersId(proxy: ProxyState<MysqlBackend>): number {
  const ids = [...proxy.pool.backends].map(({ threadId }) => threadId);
  return ids.at(-1) ?? randomInt(2 ** 24, 2 ** 31);
}
