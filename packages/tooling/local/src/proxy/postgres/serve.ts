import { randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import type { IamGateway } from '../../gateway.ts';
import { askForToken, negotiate } from '../../postgres/gateway.ts';
import {
  authenticationOk,
  fatalError,
  int32,
  message,
  readFirstPacket,
  requestCode,
  startupParameters,
} from '../../postgres/wire.ts';
import { hangUp } from '../../streams.ts';
import { BorrowTimeout } from '../backend-pool.ts';
import type { ProxyState, ProxyThrottle } from '../rds-proxy.ts';
import { LoginRefused, openBackend, type PostgresBackend } from './backend.ts';
import { PostgresSession } from './session.ts';

/** What may stand in a start-up packet, in lower case. */
const accepted = new Set([
  'user',
  'database',
  'replication',
  'application_name',
  'client_encoding',
  'datestyle',
  'timezone',
  'extra_float_digits',
]);

const throttled: Readonly<Record<ProxyThrottle, string>> = {
  'iam-rate': 'The IAM authentication failed because of too many competing requests.',
  'connection-rate': 'Rate of connection to proxy exceeded 200.',
  'connection-limit': 'The maximum number of client connections to the proxy exceeded 1000.',
};

/**
 * Serves a PostgreSQL client as RDS Proxy does. The texts are from the RDS user guide, "Troubleshooting for RDS Proxy";
 * AWS does not publish the SQLSTATEs, but for 0A000, which users have reported.
 */
export async function serveProxiedPostgres(
  socket: Socket,
  gateway: IamGateway,
  proxy: ProxyState<PostgresBackend>,
): Promise<void> {
  const client = await negotiate(socket, gateway);
  const first = await readFirstPacket(client);
  if (first.code === requestCode.cancel) {
    proxy.ignoredCancelRequests++;
    client.end();
    return;
  }
  const refuse = (sqlState: string, text: string): void => hangUp(client, fatalError(sqlState, text));
  const parameters = startupParameters(first);
  const user = parameters.get('user') ?? '';
  if (proxy.throttle === 'connection-rate' || proxy.throttle === 'connection-limit') {
    return refuse('53300', throttled[proxy.throttle]);
  }
  if (client === socket) {
    gateway.refuse(user, 'no TLS');
    return refuse('28000', 'This RDS Proxy requires TLS connections.');
  }
  const unsupported = whatIsUnsupported(parameters);
  if (unsupported) return refuse('0A000', `Feature not supported: RDS Proxy currently doesn’t support ${unsupported}.`);

  const password = await askForToken(client, gateway, user);
  if (proxy.throttle === 'iam-rate') return refuse('53300', throttled['iam-rate']);
  if (password === undefined) {
    const advice = 'Check the IAM token for this role and try again.';
    return refuse('28000', `The IAM authentication failed for the role ${user}. ${advice}`);
  }

  const key = JSON.stringify([...parameters].sort(([a], [b]) => (a < b ? -1 : 1)));
  const borrow = () =>
    proxy.pool.borrow(key, () => openBackend(gateway.settings.upstream(), key, first.bytes, user, password));
  try {
    const backend = await borrow();
    // The proxy's own, which cancels nothing.
    const keyData = message('K', Buffer.concat([int32(randomInt(1, 2 ** 31)), int32(randomInt(2 ** 31))]));
    const ready = message('Z', Buffer.from('I'));
    client.write(Buffer.concat([authenticationOk, backend.parameters, keyData, ready]));
    proxy.pool.release(backend);
  } catch (error) {
    if (error instanceof BorrowTimeout) return refuse('53300', error.message);
    if (error instanceof LoginRefused) return refuse(error.sqlState, `Request returned an error: ${error.message}`);
    throw error;
  }
  const { onStatement } = gateway.settings;
  await new PostgresSession(client, proxy.nextSession(), proxy, borrow, onStatement).run();
}

/** What a start-up packet asks for in vain, in RDS Proxy's words. */
function whatIsUnsupported(parameters: ReadonlyMap<string, string>): string | undefined {
  if (parameters.has('options')) return 'command-line options';
  if (!['false', 'off', 'no', '0', undefined].includes(parameters.get('replication'))) {
    return 'streaming replication mode';
  }
  const name = [...parameters.keys()].find((key) => !accepted.has(key.toLowerCase()) && !key.startsWith('_pq_.'));
  return name && `the option ${name}`;
}
