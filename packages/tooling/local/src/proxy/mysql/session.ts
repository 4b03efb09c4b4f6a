import type { Duplex } from 'node:stream';
import { capability, type HandshakeResponse } from '../../mysql/handshake.ts';
import { errorPayload, packet } from '../../mysql/packet.ts';
import { statementsOf } from '../../mysql/statements.ts';
import { readExactly } from '../../streams.ts';
import { BorrowTimeout } from '../backend-pool.ts';
import type { PinReason, ProxyState } from '../rds-proxy.ts';
import { EngineRefused, type MysqlBackend, openBackend } from './backend.ts';
import { type ResponseEnd, type ResponseShape, ResponseWatcher } from './response.ts';
import { type StatementEffects, statementEffects } from './statement-effects.ts';

// Source: MySQL source documentation, "Command Phase".
const command = {
  quit: 0x01,
  initDb: 0x02,
  query: 0x03,
  fieldList: 0x04,
  statistics: 0x09,
  processKill: 0x0c,
  changeUser: 0x11,
  statementPrepare: 0x16,
  resetConnection: 0x1f,
} as const;

const longestPacket = 0xffffff;

/** What a session needs to log in to the engine whenever it gets a new backend. */
export interface EngineLogin {
  readonly upstream: () => { readonly host: string; readonly port: number };
  readonly response: HandshakeResponse;
  readonly password: string;
  readonly onStatement: (text: string) => void;
}

interface Command {
  /** As it came, in one or more packets. */
  readonly bytes: Buffer;
  readonly payload: Buffer;
}

/** One client of the proxy: has a backend from the first command of a transaction to the end of it. */
export class MysqlSession {
  readonly #client: Duplex;
  readonly #number: number;
  readonly #proxy: ProxyState<MysqlBackend>;
  readonly #login: EngineLogin;
  readonly #tell: (bytes: Buffer) => void;
  readonly #tracked = new Map<string, string>();
  #database: string | undefined;
  #backend: MysqlBackend | undefined;
  #pinned = false;
  #inTransaction = false;
  #watcher: ResponseWatcher | undefined;
  #stopListening = (): void => {};

  constructor(client: Duplex, number: number, proxy: ProxyState<MysqlBackend>, login: EngineLogin) {
    this.#client = client;
    this.#number = number;
    this.#proxy = proxy;
    this.#login = login;
    this.#tell = statementsOf(login.response.capabilities, login.onStatement);
    this.#database = login.response.database;
  }

  /** Lends a backend that suits this session. */
  borrow(): Promise<MysqlBackend> {
    const { response, password, upstream } = this.#login;
    const key = this.#key();
    const settings = [...this.#tracked.values()];
    const login = { ...response, ...databaseOf(response, this.#database) };
    return this.#proxy.pool.borrow(key, () => openBackend(upstream(), key, login, password, settings));
  }

  /** Serves the client to its end. Throws when it ends without a word. */
  async run(): Promise<void> {
    try {
      for (;;) {
        const next = await readCommand(this.#client);
        if (next.payload[0] === command.quit) break;
        this.#tell(next.bytes);
        await this.#serve(next);
      }
      this.#client.end();
    } finally {
      this.#end();
    }
  }

  async #serve({ bytes, payload }: Command): Promise<void> {
    const kind = payload[0]!;
    if (kind === command.changeUser) {
      this.#refuse(errorPayload(1047, '08S01', 'Unknown command'));
      return;
    }
    try {
      this.#backend ??= await this.#attach();
    } catch (error) {
      if (error instanceof BorrowTimeout) this.#refuse(errorPayload(9501, 'HY000', error.message));
      else if (error instanceof EngineRefused) this.#refuse(error.payload);
      else throw error;
      return;
    }
    const effects = effectsOf(payload);
    for (const id of effects.kills) this.#recordKill(id);
    if (effects.pin) this.#pin(effects.pin);
    if (this.#pinned) {
      this.#backend.socket.write(bytes);
      return;
    }
    const end = await this.#ask(bytes, shapeOf(kind));
    if (end.inTransaction !== undefined) this.#inTransaction = end.inTransaction;
    if (!end.failed) this.#follow(kind, effects);
    else if (effects.several && effects.tracked.length > 0) this.#pin('SET');
    if (!this.#inTransaction && !this.#pinned) this.#release();
  }

  /** Sends a command and waits until it is answered. Throws when the engine goes away before. */
  #ask(bytes: Buffer, shape: ResponseShape): Promise<ResponseEnd> {
    const { socket } = this.#backend!;
    return new Promise((resolve, reject) => {
      const lost = () => reject(new Error('the engine closed the connection'));
      const deprecatesEof = (this.#login.response.capabilities & capability.deprecateEof) !== 0;
      this.#watcher = new ResponseWatcher(shape, deprecatesEof, (end) => {
        socket.off('close', lost);
        this.#watcher = undefined;
        resolve(end);
      });
      socket.once('close', lost);
      socket.write(bytes);
    });
  }

  /** Takes over what a command that went well has changed. */
  #follow(kind: number, { tracked, database }: StatementEffects): void {
    for (const [name, assignment] of tracked) {
      // In order: a later NAMES overrides an earlier character set.
      this.#tracked.delete(name);
      this.#tracked.set(name, assignment);
    }
    if (kind === command.resetConnection) this.#tracked.clear();
    if (database !== undefined) this.#database = database;
    this.#backend!.key = this.#key();
  }

  #key(): string {
    const { user, capabilities, charset } = this.#login.response;
    return JSON.stringify([user, capabilities, charset, this.#database, ...this.#tracked.values()]);
  }

  async #attach(): Promise<MysqlBackend> {
    const backend = await this.borrow();
    backend.session = this.#number;
    const { socket } = backend;
    const onData = (chunk: Buffer): void => {
      if (!this.#client.write(chunk)) socket.pause();
      this.#watcher?.push(chunk);
    };
    const onDrain = () => socket.resume();
    const onClose = () => this.#client.end();
    socket.on('data', onData).on('close', onClose).resume();
    this.#client.on('drain', onDrain);
    this.#stopListening = () => {
      socket.off('data', onData).off('close', onClose);
      this.#client.off('drain', onDrain);
    };
    return backend;
  }

  #release(): void {
    const backend = this.#backend!;
    this.#backend = undefined;
    backend.session = undefined;
    this.#stopListening();
    backend.socket.resume();
    this.#proxy.pool.release(backend);
  }

  #end(): void {
    if (!this.#backend) return;
    this.#stopListening();
    // In a transaction, or with a state of its own: nobody else may have it.
    this.#backend.socket.destroy();
    if (this.#pinned) this.#proxy.pinned--;
  }

  #pin(reason: PinReason): void {
    if (this.#pinned) return;
    this.#pinned = true;
    this.#proxy.pinned++;
    this.#proxy.pins.push({ session: this.#number, reason });
  }

  #recordKill(id: number): void {
    const hit = [...this.#proxy.pool.backends].filter(({ threadId }) => threadId === id);
    const sessions = hit.flatMap(({ session }) => (session === undefined ? [] : [session]));
    this.#proxy.kills.push({ session: this.#number, id, hit: sessions });
  }

  #refuse(payload: Buffer): void {
    this.#client.write(packet(1, payload));
  }
}

/** Reads a command, which may be longer than one packet holds. */
async function readCommand(client: Duplex): Promise<Command> {
  const bytes: Buffer[] = [];
  const payload: Buffer[] = [];
  for (;;) {
    const head = await readExactly(client, 4);
    const size = head.readUIntLE(0, 3);
    const body = await readExactly(client, size);
    bytes.push(head, body);
    payload.push(body);
    if (size < longestPacket) return { bytes: Buffer.concat(bytes), payload: Buffer.concat(payload) };
  }
}

const noEffects: StatementEffects = { pin: undefined, tracked: [], database: undefined, several: false, kills: [] };

function effectsOf(payload: Buffer): StatementEffects {
  switch (payload[0]) {
    case command.query:
      return statementEffects(payload.toString('utf8', 1));
    case command.statementPrepare:
      return { ...noEffects, pin: 'prepared statement' };
    case command.initDb:
      return { ...noEffects, database: payload.toString('utf8', 1) };
    case command.processKill:
      return { ...noEffects, kills: [payload.readUInt32LE(1)] };
    default:
      return noEffects;
  }
}

function shapeOf(kind: number): ResponseShape {
  switch (kind) {
    case command.query:
      return 'results';
    case command.fieldList:
      return 'fields';
    case command.statistics:
      return 'text';
    default:
      return 'word';
  }
}

function databaseOf(response: HandshakeResponse, database: string | undefined): Partial<HandshakeResponse> {
  if (!database) return {};
  return { database, capabilities: (response.capabilities | capability.connectWithDb) >>> 0 };
}
