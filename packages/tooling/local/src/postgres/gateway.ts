import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { IamGateway } from '../gateway.ts';
import { hangUp, readExactly, splice } from '../streams.ts';
import { statementsOf } from './statements.ts';
import { logInUpstream } from './upstream.ts';
import { fatalError, int32, message, readFirstPacket, readMessage, requestCode, startupParameters } from './wire.ts';

const tlsRecordHandshake = 0x16;
const authenticationCleartextPassword = message('R', int32(3));

/** Serves a PostgreSQL client as RDS does: SSLRequest, TLS, the token as a cleartext password, then the engine itself. */
export async function servePostgres(socket: Socket, gateway: IamGateway): Promise<void> {
  const client = await negotiate(socket, gateway);
  const first = await readFirstPacket(client);
  if (first.code === requestCode.cancel) {
    gateway.cancelRequests++;
    const upstream = connect(gateway.settings.upstream());
    upstream.write(first.bytes);
    // The engine answers a cancel request by closing, and so does the gateway: not when the client has ended its side.
    client.allowHalfOpen = true;
    splice(client, upstream);
    return;
  }

  const parameters = startupParameters(first);
  const user = parameters.get('user') ?? '';
  if (client === socket) {
    gateway.refuse(user, 'no TLS');
    const database = parameters.get('database') ?? user;
    const from = `host "${socket.remoteAddress}", user "${user}", database "${database}", no encryption`;
    hangUp(client, fatalError('28000', `pg_hba.conf rejects connection for ${from}`));
    return;
  }

  const password = await askForToken(client, gateway, user);
  if (password === undefined) {
    hangUp(client, fatalError('28000', `PAM authentication failed for user "${user}"`));
    return;
  }

  const upstream = connect({ ...gateway.settings.upstream(), noDelay: true });
  upstream.on('error', () => client.destroy());
  client.on('close', () => upstream.destroy());
  const login = await logInUpstream(upstream, first.bytes, user, password);
  if (!login.accepted) {
    hangUp(client, login.reply);
    return;
  }
  client.write(login.reply);
  client.on('data', statementsOf(gateway.settings.onStatement));
  splice(client, upstream);
}

/** Asks for the token in place of a password; answers the password to use on the engine, or undefined for a refusal. */
export async function askForToken(client: Duplex, gateway: IamGateway, user: string): Promise<string | undefined> {
  client.write(authenticationCleartextPassword);
  const answer = await readMessage(client);
  const token = answer.type === 'p' ? answer.body.toString('utf8').replace(/\0$/, '') : '';
  return token ? gateway.decide(user, token) : gateway.refuse(user, 'no token');
}

/** Answers requests for encryption, until the client's next packet is one of the protocol proper. */
export async function negotiate(socket: Socket, gateway: IamGateway): Promise<Socket | TLSSocket> {
  for (;;) {
    const head = await readExactly(socket, 8);
    const { secureContext } = gateway;
    const code = head.readUInt32BE(4);
    if (head[0] === tlsRecordHandshake && secureContext) {
      // `sslnegotiation=direct`, PostgreSQL 17 and up.
      socket.unshift(head);
      return gateway.upgrade(socket, secureContext, ['postgresql']);
    }
    if (code === requestCode.ssl && secureContext) {
      socket.write('S');
      return gateway.upgrade(socket, secureContext, ['postgresql']);
    }
    if (code !== requestCode.ssl && code !== requestCode.gssEncryption) {
      socket.unshift(head);
      return socket;
    }
    socket.write('N');
  }
}
