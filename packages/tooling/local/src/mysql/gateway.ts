import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { IamGateway } from '../gateway.ts';
import { hangUp, splice } from '../streams.ts';
import { buildGreeting, capability, isSslRequest, parseGreeting, parseHandshakeResponse } from './handshake.ts';
import { errorPayload, header, packet, readPacket } from './packet.ts';
import { statementsOf } from './statements.ts';
import { logInUpstream } from './upstream.ts';

const clearPassword = 'mysql_clear_password';
const askForClearPassword = Buffer.from(`\xfe${clearPassword}\0`, 'latin1');

/** What the engine may offer, but the gateway does not take part in. */
const notOffered = capability.compress | capability.zstdCompression | capability.multiFactor | capability.ssl;

/**
 * Serves a MySQL client as RDS does: SSLRequest, TLS, a switch to `mysql_clear_password` for the token, then the
 * engine itself. The greeting is the engine's own, so that version and thread id are true.
 */
export async function serveMysql(socket: Socket, gateway: IamGateway): Promise<void> {
  const upstream = connect({ ...gateway.settings.upstream, noDelay: true });
  upstream.on('error', () => socket.destroy());
  socket.on('close', () => upstream.destroy());
  const first = await readPacket(upstream);
  if (first.payload[0] === header.error) {
    // Such as: too many connections.
    hangUp(socket, packet(first.sequence, first.payload));
    return;
  }

  const { secureContext } = gateway;
  const greeting = parseGreeting(first.payload);
  const capabilities = ((greeting.capabilities & ~notOffered) | (secureContext ? capability.ssl : 0)) >>> 0;
  // Not the engine's nonce: whatever a client hashes with this one is of no use to anybody.
  socket.write(packet(0, buildGreeting({ ...greeting, capabilities, nonce: printableNonce() })));

  let client: Socket | TLSSocket = socket;
  let received = await readPacket(socket);
  if (secureContext && isSslRequest(received.payload)) {
    client = await gateway.upgrade(socket, secureContext);
    received = await readPacket(client);
  }
  const response = parseHandshakeResponse(received.payload);
  const { user } = response;
  const deny = (usingPassword: boolean): void => {
    const text = `Access denied for user '${user}'@'${socket.remoteAddress}' (using password: ${usingPassword ? 'YES' : 'NO'})`;
    hangUp(client, packet(received.sequence + 1, errorPayload(1045, '28000', text)));
  };
  if (client === socket) {
    gateway.refuse(user, 'no TLS');
    deny(response.authData.length > 0);
    return;
  }

  let answer = response.authData;
  if (response.authPlugin !== clearPassword) {
    client.write(packet(received.sequence + 1, askForClearPassword));
    received = await readPacket(client);
    answer = received.payload;
  }
  // A password without its closing zero is not one: RDS refuses it as well.
  const token = answer.at(-1) === 0 ? answer.toString('utf8', 0, answer.length - 1) : '';
  const password = token ? gateway.decide(user, token) : gateway.refuse(user, 'no token');
  if (password === undefined) {
    deny(answer.length > 1);
    return;
  }

  const agreed = { ...response, capabilities: response.capabilities & capabilities };
  const lastWord = await logInUpstream(upstream, greeting, agreed, password);
  const relayed = packet(received.sequence + 1, lastWord);
  if (lastWord[0] !== header.ok) {
    hangUp(client, relayed);
    return;
  }
  client.write(relayed);
  client.on('data', statementsOf(agreed.capabilities, gateway.settings.onStatement));
  splice(client, upstream);
}

/** 20 bytes without a zero, which would end them early for clients that read them as a string. */
const printableNonce = (): Buffer => Buffer.from(randomBytes(15).toString('base64'));
