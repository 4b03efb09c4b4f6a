import { PayloadReader } from './packet.ts';

// Source of everything here: MySQL source documentation, "Connection Phase Packets" and "Capabilities Flags".

/** Capability flags by the names of the documentation, less their prefix `CLIENT_`. */
export const capability = {
  connectWithDb: 1 << 3,
  compress: 1 << 5,
  localFiles: 1 << 7,
  protocol41: 1 << 9,
  ssl: 1 << 11,
  secureConnection: 1 << 15,
  pluginAuth: 1 << 19,
  connectAttributes: 1 << 20,
  lengthEncodedAuthData: 1 << 21,
  deprecateEof: 1 << 24,
  zstdCompression: 1 << 26,
  queryAttributes: 1 << 27,
  multiFactor: 1 << 28,
} as const;

/** The server's first packet: HandshakeV10. */
export interface Greeting {
  readonly version: string;
  readonly threadId: number;
  readonly capabilities: number;
  readonly charset: number;
  readonly status: number;
  /** 20 bytes that a password is hashed with. */
  readonly nonce: Buffer;
  readonly authPlugin: string;
}

/** The client's answer: HandshakeResponse41. */
export interface HandshakeResponse {
  readonly capabilities: number;
  readonly maxPacketSize: number;
  readonly charset: number;
  readonly user: string;
  readonly authData: Buffer;
  readonly database: string | undefined;
  readonly authPlugin: string | undefined;
}

/** An SSLRequest is the front part of a HandshakeResponse41 and exactly this long. */
const sslRequestLength = 32;

export function parseGreeting(payload: Buffer): Greeting {
  const reader = new PayloadReader(payload);
  if (reader.int(1) !== 10) throw new Error('the engine does not speak version 10 of the MySQL protocol');
  const version = reader.cstring();
  const threadId = reader.int(4);
  const nonceStart = reader.bytes(8);
  reader.bytes(1);
  const lowerCapabilities = reader.int(2);
  const charset = reader.int(1);
  const status = reader.int(2);
  const capabilities = (lowerCapabilities | (reader.int(2) << 16)) >>> 0;
  reader.bytes(1 + 10);
  const nonce = Buffer.concat([nonceStart, reader.bytes(12)]);
  reader.bytes(1);
  return { version, threadId, capabilities, charset, status, nonce, authPlugin: reader.cstring() };
}

export function buildGreeting(greeting: Greeting): Buffer {
  const fixed = Buffer.alloc(4 + 8 + 1 + 2 + 1 + 2 + 2 + 1 + 10);
  fixed.writeUInt32LE(greeting.threadId, 0);
  greeting.nonce.copy(fixed, 4, 0, 8);
  fixed.writeUInt16LE(greeting.capabilities & 0xffff, 13);
  fixed[15] = greeting.charset;
  fixed.writeUInt16LE(greeting.status, 16);
  fixed.writeUInt16LE(greeting.capabilities >>> 16, 18);
  fixed[20] = greeting.nonce.length + 1;
  return Buffer.concat([
    Buffer.from([10]),
    Buffer.from(`${greeting.version}\0`),
    fixed,
    greeting.nonce.subarray(8),
    Buffer.from(`\0${greeting.authPlugin}\0`),
  ]);
}

export const isSslRequest = (payload: Buffer): boolean =>
  payload.length === sslRequestLength && (payload.readUInt32LE(0) & capability.ssl) !== 0;

export function parseHandshakeResponse(payload: Buffer): HandshakeResponse {
  const reader = new PayloadReader(payload);
  const capabilities = reader.int(4);
  const has = (flag: number): boolean => (capabilities & flag) !== 0;
  const maxPacketSize = reader.int(4);
  const charset = reader.int(1);
  reader.bytes(23);
  const user = reader.cstring();
  const authData = has(capability.lengthEncodedAuthData) ? reader.lengthEncoded() : reader.bytes(reader.int(1));
  return {
    capabilities,
    maxPacketSize,
    charset,
    user,
    authData,
    database: has(capability.connectWithDb) ? reader.cstring() : undefined,
    authPlugin: has(capability.pluginAuth) ? reader.cstring() : undefined,
  };
}

export function buildHandshakeResponse(response: HandshakeResponse): Buffer {
  const fixed = Buffer.alloc(32);
  fixed.writeUInt32LE(response.capabilities, 0);
  fixed.writeUInt32LE(response.maxPacketSize, 4);
  fixed[8] = response.charset;
  return Buffer.concat([
    fixed,
    Buffer.from(`${response.user}\0`),
    Buffer.from([response.authData.length]),
    response.authData,
    Buffer.from(response.database === undefined ? '' : `${response.database}\0`),
    Buffer.from(response.authPlugin === undefined ? '' : `${response.authPlugin}\0`),
  ]);
}
