import { createServer, type Server, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import { type CertificateAuthority, createAuthority } from './certificates.ts';
import type { KnownCredentials } from './sigv4.ts';
import { ClosedEarly } from './streams.ts';
import { type TokenRefusal, verifyToken } from './token.ts';

/** One line of a policy: this access key may `rds-db:connect` as this user to this resource. `*` is any. */
export interface PolicyStatement {
  readonly accessKeyId: string;
  readonly user: string;
  /** RDS's resource id (`cluster-…`, `db-…`, `prx-…`), not its name. */
  readonly resourceId: string;
}

/**
 * What a gateway shows a client that connects.
 * - `valid`: TLS with a certificate of the gateway's CA for all of its `hosts`
 * - `expired`: the same, but it ended an hour ago
 * - `foreign-ca`: for the right hosts, by a CA the client does not know
 * - `wrong-host`: by the right CA, for `other.example` only
 * - `plaintext`: no TLS offered at all
 */
export type CertificateKind = 'valid' | 'expired' | 'foreign-ca' | 'wrong-host' | 'plaintext';

/** A login that reached the point where the token was asked for, or was refused before. Never holds the token. */
export interface LoginAttempt {
  readonly user: string;
  readonly accepted: boolean;
  /** Why it was refused; undefined when accepted. */
  readonly reason: LoginRefusal | undefined;
  /** When, by the gateway's clock, ms since the epoch. */
  readonly at: number;
}

export type LoginRefusal = TokenRefusal | 'no TLS' | 'no token' | 'unknown user' | 'denied by policy';

/** An endpoint that behaves as RDS with IAM authentication does, over a real engine; and its controls for tests. */
export interface Gateway {
  /** The host name to connect to: `localhost`. */
  readonly host: string;
  readonly port: number;
  /** All names the gateway answers for: its certificate holds them, and tokens must be signed for one of them. */
  readonly hosts: readonly string[];
  /** Ports, besides its own, for which tokens may be signed: put in those of relays before the gateway. */
  readonly relayPorts: Set<number>;
  readonly region: string;
  /** The resource id that policies name. */
  readonly resourceId: string;
  /** AWS credentials the gateway knows, by access key id. Change it at will; the next login sees the change. */
  readonly credentials: Map<string, KnownCredentials>;
  /** Who may connect as whom. Change it at will; the next login sees the change. */
  readonly policy: PolicyStatement[];
  /** TCP connections of clients: open now, and accepted since the start (cancel requests included). */
  readonly connections: { readonly open: number; readonly total: number };
  /** Every login so far, in order. */
  readonly logins: readonly LoginAttempt[];
  /** PostgreSQL cancel requests passed on to the engine so far. */
  readonly cancelRequests: number;
  /** Cuts every client connection without a word, as a server that died. New connections are accepted. */
  destroyConnections(): void;
  /**
   * Refuses every token signed until now, as if its 15 minutes were over. Tokens carry whole seconds, so the promise
   * resolves when the second is over: a token signed from then on is accepted.
   */
  expireTokens(): Promise<void>;
  /** Chooses what connections from now on are shown. */
  useCertificate(kind: CertificateKind): Promise<void>;
}

/** How a protocol serves one client, from its first byte until the connection is joined to the engine. */
export type Serve = (client: Socket, gateway: IamGateway) => Promise<void>;

export interface GatewaySettings {
  readonly hosts: readonly string[];
  readonly region: string;
  readonly resourceId: string;
  readonly clock: () => number;
  readonly authority: CertificateAuthority;
  /** Where the engine listens. */
  readonly upstream: () => { readonly host: string; readonly port: number };
  /** The password with which the gateway itself logs a user in to the engine; undefined for a user it does not know. */
  readonly passwordOf: (user: string) => string | undefined;
  readonly log: (line: string) => void;
  /** Called with the text of each statement that passes through. */
  readonly onStatement: (text: string) => void;
  readonly serve: Serve;
}

/** The part of a gateway that is the same for every protocol: listening, TLS, and the decision about a login. */
export class IamGateway implements Gateway {
  readonly host = 'localhost';
  readonly hosts: readonly string[];
  readonly region: string;
  readonly resourceId: string;
  readonly relayPorts = new Set<number>();
  readonly credentials = new Map<string, KnownCredentials>();
  readonly policy: PolicyStatement[] = [];
  readonly logins: LoginAttempt[] = [];
  readonly settings: GatewaySettings;
  cancelRequests = 0;
  /** Undefined: TLS is not offered. */
  secureContext: SecureContext | undefined;

  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #expiredUntil: number | undefined;
  #port = 0;
  #total = 0;

  private constructor(settings: GatewaySettings) {
    this.settings = settings;
    this.hosts = settings.hosts;
    this.region = settings.region;
    this.resourceId = settings.resourceId;
    this.#server = createServer({ noDelay: true }, (socket) => this.#accept(socket));
  }

  /** Starts a gateway on a free port of the loopback interface. */
  static async open(settings: GatewaySettings): Promise<IamGateway> {
    const gateway = new IamGateway(settings);
    await gateway.useCertificate('valid');
    await new Promise<void>((resolve, reject) => {
      gateway.#server.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    gateway.#port = (gateway.#server.address() as { port: number }).port;
    return gateway;
  }

  get port(): number {
    return this.#port;
  }

  get connections(): { readonly open: number; readonly total: number } {
    return { open: this.#sockets.size, total: this.#total };
  }

  destroyConnections(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async expireTokens(): Promise<void> {
    const until = Date.now();
    this.#expiredUntil = until;
    while (Math.floor(Date.now() / 1000) <= Math.floor(until / 1000)) await setTimeout(1000 - (Date.now() % 1000));
  }

  async useCertificate(kind: CertificateKind): Promise<void> {
    if (kind === 'plaintext') {
      this.secureContext = undefined;
      return;
    }
    const authority = kind === 'foreign-ca' ? await createAuthority('A CA that nobody knows') : this.settings.authority;
    const hosts = kind === 'wrong-host' ? ['other.example'] : this.hosts;
    const certificate = await authority.issue(hosts, kind === 'expired' ? 'expired' : 'valid');
    this.secureContext = createSecureContext({ ...certificate, minVersion: 'TLSv1.2' });
  }

  /**
   * Upgrades a client's connection to TLS; what it sent already and nobody has read yet is taken as part of the
   * handshake. Throws {@link ClosedEarly} when the handshake fails.
   */
  async upgrade(socket: Socket, secureContext: SecureContext, alpn: readonly string[] = []): Promise<TLSSocket> {
    const secured = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: [...alpn] });
    // A client that dislikes the certificate hangs up; there is nobody left to tell.
    secured.on('error', () => {});
    await new Promise<void>((resolve, reject) => {
      secured.once('secure', resolve);
      secured.once('close', () => reject(new ClosedEarly()));
    });
    return secured;
  }

  /** Decides about a login and records it; answers the password to use upstream, or undefined for a refusal. */
  decide(user: string, token: string): string | undefined {
    const isFor = (port: number): boolean => token.split('/', 1)[0]!.endsWith(`:${port}`);
    const verdict = verifyToken(token, {
      hosts: this.hosts,
      port: [...this.relayPorts].find(isFor) ?? this.port,
      region: this.region,
      user,
      credentials: this.credentials,
      now: this.settings.clock(),
      expiredUntil: this.#expiredUntil,
    });
    if (!verdict.accepted) return this.refuse(user, verdict.reason);
    const allowed = this.policy.some(
      (statement) =>
        matches(statement.accessKeyId, verdict.accessKeyId) &&
        matches(statement.user, user) &&
        matches(statement.resourceId, this.resourceId),
    );
    if (!allowed) return this.refuse(user, 'denied by policy');
    const password = this.settings.passwordOf(user);
    if (password === undefined) return this.refuse(user, 'unknown user');
    this.logins.push({ user, accepted: true, reason: undefined, at: this.settings.clock() });
    return password;
  }

  /** Records a refused login. */
  refuse(user: string, reason: LoginRefusal): undefined {
    this.logins.push({ user, accepted: false, reason, at: this.settings.clock() });
    this.settings.log(`login of "${user}" refused: ${reason}`);
    return undefined;
  }

  /** Stops listening and cuts all connections. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.destroyConnections();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#total++;
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
    this.settings.serve(socket, this).catch((error: unknown) => {
      if (!(error instanceof ClosedEarly)) this.settings.log(`a client was dropped: ${String(error)}`);
      socket.destroy();
    });
  }
}

const matches = (pattern: string, value: string): boolean => pattern === '*' || pattern === value;
