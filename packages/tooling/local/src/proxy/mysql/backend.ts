import { connect } from 'node:net';
import { type Greeting, type HandshakeResponse, parseGreeting } from '../../mysql/handshake.ts';
import { header, packet, readPacket } from '../../mysql/packet.ts';
import { logInUpstream } from '../../mysql/upstream.ts';
import type { Backend } from '../backend-pool.ts';

export interface MysqlBackend extends Backend {
  /** Changes with the settings that the session which has it makes. */
  key: string;
  /** The engine's own id for it. */
  readonly threadId: number;
  /** The session that has it at present. */
  session: number | undefined;
}

/** The engine refused a login or a setting: its ERR packet. */
export class EngineRefused extends Error {
  override name = 'EngineRefused';
  readonly payload: Buffer;
  constructor(payload: Buffer) {
    super('the engine refused');
    this.payload = payload;
  }
}

/**
 * Logs in to the engine and makes the session's settings.
 *
 * @param settings what to SET
 * @throws {EngineRefused}
 */
export async function openBackend(
  upstream: { readonly host: string; readonly port: number },
  key: string,
  response: HandshakeResponse,
  password: string,
  settings: readonly string[],
): Promise<MysqlBackend> {
  const socket = connect({ ...upstream, noDelay: true });
  socket.on('error', () => {});
  try {
    const first = await readPacket(socket);
    if (first.payload[0] === header.error) throw new EngineRefused(first.payload);
    const greeting = parseGreeting(first.payload);
    const lastWord = await logInUpstream(socket, greeting, response, password);
    if (lastWord[0] !== header.ok) throw new EngineRefused(lastWord);
    // One by one: not every form of SET may stand in a list.
    for (const setting of settings) {
      socket.write(packet(0, Buffer.from(`\x03SET ${setting}`)));
      const { payload } = await readPacket(socket);
      if (payload[0] !== header.ok) throw new EngineRefused(payload);
    }
    return { socket, key, threadId: greeting.threadId, session: undefined };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The engine's greeting, for the version and the capabilities in it. Throws {@link EngineRefused}. */
export async function fetchGreeting(upstream: { readonly host: string; readonly port: number }): Promise<Greeting> {
  const socket = connect(upstream);
  socket.on('error', () => {});
  try {
    const { payload } = await readPacket(socket);
    if (payload[0] === header.error) throw new EngineRefused(payload);
    return parseGreeting(payload);
  } finally {
    socket.destroy();
  }
}
