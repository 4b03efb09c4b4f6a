import { connect, type Socket } from 'node:net';
import type { IamGateway } from '../gateway.ts';
import { hangUp, splice } from '../streams.ts';
import { parseGreeting } from './handshake.ts';
import { logInClient } from './login.ts';
import { header, packet, readPacket } from './packet.ts';
import { statementsOf } from './statements.ts';
import { logInUpstream } from './upstream.ts';

/**
 * Serves a MySQL client as RDS does: TLS, a token, then the engine itself. The greeting is the engine's own, so that
 * version and thread id are true.
 */
export async function serveMysql(socket: Socket, gateway: IamGateway): Promise<void> {
  const upstream = connect({ ...gateway.settings.upstream(), noDelay: true });
  upstream.on('error', () => socket.destroy());
  socket.on('close', () => upstream.destroy());
  const first = await readPacket(upstream);
  if (first.payload[0] === header.error) {
    // Such as: too many connections.
    hangUp(socket, packet(first.sequence, first.payload));
    return;
  }
  const greeting = parseGreeting(first.payload);
  const client = await logInClient(socket, gateway, greeting);
  if (!client) return;

  const lastWord = await logInUpstream(upstream, greeting, client.response, client.password);
  const relayed = packet(client.sequence, lastWord);
  if (lastWord[0] !== header.ok) {
    hangUp(client.stream, relayed);
    return;
  }
  client.stream.write(relayed);
  client.stream.on('data', statementsOf(client.response.capabilities, gateway.settings.onStatement));
  splice(client.stream, upstream);
}
