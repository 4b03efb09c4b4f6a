import { connect, type Socket } from 'node:net';
import { logInUpstream } from '../../postgres/upstream.ts';
import { readMessage } from '../../postgres/wire.ts';
import type { Backend } from '../backend-pool.ts';

export interface PostgresBackend extends Backend {
  /** What the engine says of its parameters at login: ParameterStatus messages. */
  readonly parameters: Buffer;
}

/** The engine refused the login. */
export class LoginRefused extends Error {
  override name = 'LoginRefused';
  readonly sqlState: string;
  constructor(sqlState: string, text: string) {
    super(text);
    this.sqlState = sqlState;
  }
}

/** Logs in to the engine. Throws {@link LoginRefused}. */
export async function openBackend(
  upstream: { readonly host: string; readonly port: number },
  key: string,
  startup: Buffer,
  user: string,
  password: string,
): Promise<PostgresBackend> {
  const socket: Socket = connect({ ...upstream, noDelay: true });
  socket.on('error', () => {});
  try {
    const login = await logInUpstream(socket, startup, user, password);
    if (!login.accepted) throw refusal(login.reply);
    const parameters: Buffer[] = [];
    for (;;) {
      const { type, bytes } = await readMessage(socket);
      // Such as for a database that is not there.
      if (type === 'E') throw refusal(bytes);
      if (type === 'S') parameters.push(bytes);
      if (type === 'Z') break;
    }
    return { socket, key, parameters: Buffer.concat(parameters) };
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Reads the fields of the ErrorResponse that ends a refused login. */
function refusal(reply: Buffer): LoginRefused {
  const fields = new Map(
    reply
      .toString('utf8', 5)
      .split('\0')
      .map((field) => [field[0], field.slice(1)]),
  );
  return new LoginRefused(fields.get('C') ?? 'XX000', fields.get('M') ?? '');
}
