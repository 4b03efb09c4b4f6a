import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { IamGateway } from '../gateway.ts';
import { hangUp } from '../streams.ts';
import {
  buildGreeting,
  capability,
  type Greeting,
  type HandshakeResponse,
  isSslRequest,
  parseHandshakeResponse,
} from './handshake.ts';
import { errorPayload, packet, readPacket } from './packet.ts';

const clearPassword = 'mysql_clear_password';
const askForClearPassword = Buffer.from(`\xfe${clearPassword}\0`, 'latin1');

/** What the engine may offer, but a gateway does not take part in. */
const notOffered = capability.compress | capability.zstdCompression | capability.multiFactor | capability.ssl;

/** A client whose token was accepted. */
export interface AdmittedClient {
  /** The connection, inside of TLS. */
  readonly stream: TLSSocket;
  /** What it chose of what it was offered. */
  readonly response: HandshakeResponse;
  /** The sequence number that the answer to its login bears. */
  readonly sequence: number;
  /** Its password on the engine. */
  readonly password: string;
}

export interface LoginRules {
  /** Capabilities that are not offered, besides those that no gateway offers. */
  readonly withheld?: number;
  /** The ERR packet for a client without TLS; the one for a wrong token by default. */
  readonly noTls?: Buffer;
  /** An ERR packet in place of a decision about the token. */
  readonly instead?: () => Buffer | undefined;
}

/**
 * Greets a client and logs it in as RDS does: SSLRequest, TLS, a switch to `mysql_clear_password` for the token.
 * Undefined when it was refused, which it has been told then.
 */
export async function logInClient(
  socket: Socket,
  gateway: IamGateway,
  greeting: Greeting,
  { withheld = 0, noTls, instead }: LoginRules = {},
): Promise<AdmittedClient | undefined> {
  const { secureContext } = gateway;
  const offered = greeting.capabilities & ~notOffered & ~withheld;
  const capabilities = (offered | (secureContext ? capability.ssl : 0)) >>> 0;
  // Not the engine's nonce: whatever a client hashes with this one is of no use to anybody.
  socket.write(packet(0, buildGreeting({ ...greeting, capabilities, nonce: printableNonce() })));

  let received = await readPacket(socket);
  let stream: TLSSocket | undefined;
  if (secureContext && isSslRequest(received.payload)) {
    stream = await gateway.upgrade(socket, secureContext);
    received = await readPacket(stream);
  }
  const response = parseHandshakeResponse(received.payload);
  const { user } = response;
  const denied = (usingPassword: boolean): Buffer => {
    const text = `Access denied for user '${user}'@'${socket.remoteAddress}' (using password: ${usingPassword ? 'YES' : 'NO'})`;
    return errorPayload(1045, '28000', text);
  };
  const refuse = (payload: Buffer): undefined =>
    hangUp(stream ?? socket, packet(received.sequence + 1, payload)) as undefined;
  if (!stream) {
    gateway.refuse(user, 'no TLS');
    return refuse(noTls ?? denied(response.authData.length > 0));
  }

  let answer = response.authData;
  if (response.authPlugin !== clearPassword) {
    stream.write(packet(received.sequence + 1, askForClearPassword));
    received = await readPacket(stream);
    answer = received.payload;
  }
  const other = instead?.();
  if (other) return refuse(other);
  // A password without its closing zero is not one: RDS refuses it as well.
  const token = answer.at(-1) === 0 ? answer.toString('utf8', 0, answer.length - 1) : '';
  const password = token ? gateway.decide(user, token) : gateway.refuse(user, 'no token');
  if (password === undefined) return refuse(denied(answer.length > 1));
  const agreed = { ...response, capabilities: response.capabilities & capabilities };
  return { stream, response: agreed, sequence: received.sequence + 1, password };
}

/** 20 bytes without a zero, which would end them early for clients that read them as a string. */
const printableNonce = (): Buffer => Buffer.from(randomBytes(15).toString('base64'));
