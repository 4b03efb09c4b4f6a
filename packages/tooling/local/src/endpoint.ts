import { createHmac } from 'node:crypto';
import type { CertificateAuthority } from './certificates.ts';
import type { Engine } from './engine.ts';
import { IamGateway, type Serve } from './gateway.ts';
import type { LocalCredentials } from './local.ts';
import type { Supervisor } from './supervision.ts';

/** The user and the database that are there from the start. */
export const firstUser = 'app';
export const firstDatabase = 'simple_db';

/** All that differs between engines. */
export interface Protocol {
  readonly engineName: string;
  /** The environment variable that may name a running server. */
  readonly urlVariable: string;
  /** The resource id of the gateway. */
  readonly resourceId: string;
  readonly serve: Serve;
  /** Uses a running server, by a superuser's URL. */
  open(url: string): Promise<Engine>;
  /** Starts one. Throws, with what to install, when there is none to be had. */
  start(supervisor: Supervisor, log: (line: string) => void): Promise<Engine>;
}

/** An engine and the gateway before it. */
export interface Endpoint {
  readonly engine: Engine;
  readonly gateway: IamGateway;
}

/** What all endpoints of one `Local` share. */
export interface EndpointSettings {
  readonly region: string;
  readonly clock: () => number;
  readonly log: (line: string) => void;
  readonly authority: CertificateAuthority;
  readonly credentials: LocalCredentials;
  /** Users the gateways let in; grows while they run. */
  readonly users: ReadonlySet<string>;
}

/** Puts a gateway before an engine, and makes sure that the first user and database are there. */
export async function openEndpoint(engine: Engine, protocol: Protocol, settings: EndpointSettings): Promise<Endpoint> {
  const password = enginePassword(engine, firstUser);
  if (!(await engine.canLogIn(firstUser, password, firstDatabase))) {
    await engine.ensureUser(firstUser, password);
    await engine.ensureDatabase(firstDatabase, firstUser);
  }
  const { region, clock, log, authority, credentials, users } = settings;
  const gateway = await IamGateway.open({
    hosts: hostNames(region),
    region,
    resourceId: protocol.resourceId,
    clock,
    authority,
    upstream: engine.address,
    passwordOf: (user) => (users.has(user) ? enginePassword(engine, user) : undefined),
    log,
    serve: protocol.serve,
  });
  gateway.credentials.set(credentials.accessKeyId, { secretAccessKey: credentials.secretAccessKey });
  gateway.policy.push({ accessKeyId: credentials.accessKeyId, user: '*', resourceId: protocol.resourceId });
  return { engine, gateway };
}

/**
 * The password a user has on the engine itself. It follows from the superuser's, so that every process which shares an
 * engine knows it, and nobody else does.
 */
export function enginePassword(engine: Engine, user: string): string {
  return createHmac('sha256', new URL(engine.url).password).update(`sqlport local user ${user}`).digest('base64url');
}

/** The names an RDS cluster would have, besides those that lead here. */
const hostNames = (region: string): readonly string[] => [
  'localhost',
  '127.0.0.1',
  ...['shop.cluster-abc123', 'shop.cluster-ro-abc123', 'shop-1.abc123', 'shop-proxy.proxy-abc123'].map(
    (name) => `${name}.${region}.rds.amazonaws.com`,
  ),
];
