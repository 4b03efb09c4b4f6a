import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KnownCredentials } from '../sigv4.ts';
import { authenticate } from './authentication.ts';
import type { DataApiCall } from './call-log.ts';
import type { DataApi } from './data-api.ts';
import { asAnsweredBy, type EngineVersion, ServiceError } from './errors.ts';
import { type Fault, Faults } from './faults.ts';
import { writeJson } from './json.ts';
import { type DataApiOperation, operations, parseBody, readRequest } from './request.ts';
import type { DataApiService } from './service.ts';
import { ConnectionDropped, underFaults } from './under-faults.ts';

export interface DataApiServerSettings {
  readonly region: string;
  readonly resourceArn: string;
  readonly secretArnOf: (user: string) => string;
  /** Whose secret the ready configurations name. */
  readonly user: string;
  /** Now, in ms since the epoch. */
  readonly clock: () => number;
  readonly log: (line: string) => void;
  readonly onStatement: (text: string) => void;
}

/** A call in the making: what the log shows of it is filled in as it becomes known. */
type Call = { -readonly [K in keyof DataApiCall]: DataApiCall[K] };

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly error?: string;
}

/** The service on the network, and what it is steered with. */
export class DataApiServer implements DataApi {
  readonly region: string;
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly secretArnOf: (user: string) => string;
  readonly credentials = new Map<string, KnownCredentials>();
  readonly policy: DataApi['policy'];
  readonly clusters: DataApi['clusters'];
  readonly secrets: DataApi['secrets'];
  readonly limits: DataApi['limits'];
  readonly sessionSettings: DataApi['sessionSettings'];
  readonly faults = new Faults();
  readonly calls: DataApiCall[] = [];

  readonly #settings: DataApiServerSettings;
  readonly #service: DataApiService;
  readonly #server: Server;
  #port = 0;
  #open = 0;
  #total = 0;

  private constructor(settings: DataApiServerSettings, service: DataApiService) {
    this.#settings = settings;
    this.#service = service;
    this.region = settings.region;
    this.resourceArn = settings.resourceArn;
    this.secretArnOf = settings.secretArnOf;
    this.secretArn = settings.secretArnOf(settings.user);
    this.policy = service.access.policy;
    this.clusters = service.access.clusters;
    this.secrets = service.access.secrets;
    this.limits = service.limits;
    this.sessionSettings = service.sessionSettings;
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        if (!(error instanceof ConnectionDropped)) settings.log(`a Data API call failed: ${String(error)}`);
        request.socket.destroy();
      });
    });
    this.#server.on('connection', (socket) => {
      this.#total++;
      this.#open++;
      socket.once('close', () => this.#open--);
    });
  }

  /** Listens on a free port of the loopback. */
  static async open(settings: DataApiServerSettings, service: DataApiService): Promise<DataApiServer> {
    const server = new DataApiServer(settings, service);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    server.#port = (server.#server.address() as AddressInfo).port;
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get engineVersion(): EngineVersion {
    return this.#service.engineVersion;
  }

  set engineVersion(version: EngineVersion) {
    this.#service.engineVersion = version;
  }

  get connections(): DataApi['connections'] {
    return { open: this.#open, total: this.#total };
  }

  get serverConnections(): number {
    return this.#service.serverConnections;
  }

  get openTransactions(): number {
    return this.#service.openTransactions;
  }

  expireTransactions(idleMs = 0): void {
    this.#service.expireTransactions(idleMs);
  }

  destroyConnections(): void {
    this.#server.closeAllConnections();
  }

  /** Stops listening, cuts all clients, and waits until no server connection is left. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.destroyConnections();
    await Promise.all([closed, this.#service.close()]);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const operation = operationOf(request);
    const call: Call = {
      operation,
      sql: undefined,
      transactionId: undefined,
      status: undefined,
      error: undefined,
      at: this.#settings.clock(),
    };
    this.calls.push(call);
    if (this.faults.onArrival(operation).length > 0) throw new ConnectionDropped();
    const befalling: Fault[] = [];
    const answer = await this.#answer(request, operation, call, befalling).catch((error: unknown): Answer => {
      if (!(error instanceof ServiceError)) throw error;
      const { type, status, body } = asAnsweredBy(this.engineVersion, error);
      return { status, error: type, body: writeJson(body) };
    });
    const cut = befalling.some((fault) => 'drop' in fault && fault.drop === 'mid-reply');
    if (!cut) {
      call.status = answer.status;
      call.error = answer.error;
    }
    this.#send(response, answer, cut);
  }

  async #answer(
    request: IncomingMessage,
    operation: DataApiOperation | undefined,
    call: Call,
    befalling: Fault[],
  ): Promise<Answer> {
    const body = await readBody(request, this.limits.requestBytes);
    if (!operation) throw new ServiceError('UnknownOperationException');
    const { method = '', url = '', headers } = request;
    const now = this.#settings.clock();
    const { region, credentials } = this;
    const accessKeyId = authenticate({ method, url, headers, body }, { region, credentials, now });
    const members = parseBody(body.toString('utf8'));
    call.sql = typeof members['sql'] === 'string' ? members['sql'] : undefined;
    call.transactionId = typeof members['transactionId'] === 'string' ? members['transactionId'] : undefined;
    if (operation === 'ExecuteSql') {
      const text = 'This API is deprecated and not available. Use ExecuteStatement API instead';
      throw new ServiceError('BadRequestException', text);
    }
    const read = readRequest(operation, members);
    this.#service.access.check(operation, read, accessKeyId);
    if (read.sql !== '') this.#settings.onStatement(read.sql);
    befalling.push(...this.faults.onCall(operation, read.sql));
    const run = () => this.#service.run(operation, read);
    return { status: 200, body: await underFaults(befalling, read.resourceArn, run) };
  }

  #send(response: ServerResponse, { status, body, error }: Answer, cut: boolean): void {
    const bytes = Buffer.from(body);
    // By this clock clients correct their own.
    response.sendDate = false;
    response.writeHead(status, {
      date: new Date(this.#settings.clock()).toUTCString(),
      'content-type': 'application/json',
      'content-length': bytes.length,
      'x-amzn-requestid': randomUUID(),
      ...(error ? { 'x-amzn-errortype': error } : {}),
    });
    if (cut) response.write(bytes.subarray(0, bytes.length / 2), () => response.destroy());
    else response.end(bytes);
  }
}

/** The operation that the last part of the path names; what comes before it is the client's own. */
function operationOf({ method, url = '' }: IncomingMessage): DataApiOperation | undefined {
  const name = url.split('?', 1)[0]!.split('/').at(-1)!;
  if (method !== 'POST' || !Object.hasOwn(operations, name)) return undefined;
  return operations[name as keyof typeof operations];
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = request.rawHeaders.reduce((sum, text) => sum + text.length + 2, 0);
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= limit) chunks.push(chunk as Buffer);
  }
  if (size > limit) throw new ServiceError('RequestEntityTooLargeException', 'The request is too large.');
  return Buffer.concat(chunks);
}
