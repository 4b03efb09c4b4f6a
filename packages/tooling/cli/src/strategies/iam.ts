import {
  type Auth,
  isRdsProxyHost,
  loginSource,
  regionOf,
  type ServerConfig,
  serverSettings,
  tlsPolicy,
} from '@sqlport/aws-auth';
import { type Adapter, ConnectorError } from '@sqlport/core/spi';
import type { Check } from '../doctor/check.ts';
import { identityChecks } from '../doctor/identity.ts';
import { secretCheck, tokenCheck } from '../doctor/login.ts';
import { dnsCheck, isLoopback, tcpCheck } from '../doctor/network.ts';
import { tlsCheck } from '../doctor/tls.ts';
import type { Engine } from '../engines/engine.ts';
import { connect, type PolicyStatement, readSecret } from '../policy/grant.ts';
import { type ResourceOptions, resourceOf } from '../policy/resource.ts';
import type { Target, Trust } from './target.ts';

/** What the strategies over TCP differ in. */
export interface TcpStrategy {
  readonly engine: Engine;
  readonly defaultPort: number;
}

/** The configuration of a URL together with what no URL may hold. */
export function trusted<C extends ServerConfig>(config: C, { ca, signingHost }: Trust): C {
  return { ...config, ...(ca === undefined ? {} : { ca }), ...(signingHost === undefined ? {} : { signingHost }) };
}

/** A target that is reached over TCP, with a login by IAM token, by a secret, or by a password. */
export function tcpTarget(adapter: Adapter, config: ServerConfig, { engine, defaultPort }: TcpStrategy): Target {
  const settings = serverSettings(config, defaultPort);
  const { host, port, database, target, max } = settings;
  const { auth = 'iam', user, profile } = config;
  const region = config.region ?? regionOf(target.host);
  const logins = loginSource(config);
  const policy = tlsPolicy(config)!;
  const endpoint = { host, port };

  const network: readonly Check[] = [
    dnsCheck(endpoint),
    tcpCheck(endpoint),
    tlsCheck({ endpoint, name: target.host, policy, startTls: (socket) => engine.startTls(socket) }),
  ];
  const identity = (): readonly Check[] =>
    region === undefined ? [] : identityChecks({ profile, region, isLocal: isLoopback(target.host) });
  const checks = {
    iam: () => [...network, ...identity(), tokenCheck(logins, target)],
    secret: () => [...network, ...identity(), secretCheck(logins, target)],
    password: () => network,
  };
  const kind = kindOf(auth);
  const statements = async (options: ResourceOptions): Promise<readonly PolicyStatement[]> => {
    if (auth === 'iam') return [connect(await resourceOf({ host: target.host, region, profile }, options), user!)];
    return 'secretArn' in auth ? [readSecret(auth.secretArn)] : [];
  };

  return {
    adapter,
    engine,
    summary: {
      strategy: adapter.name,
      host,
      port,
      database,
      ...(user === undefined ? {} : { user }),
      login: { iam: 'IAM token', secret: 'secret of Secrets Manager', password: 'password' }[kind],
      ...(region === undefined ? {} : { region }),
    },
    configurationFault: foreignRegion(kind, target.host, config.region),
    checks: checks[kind](),
    refusedLogin: kind === 'iam' ? iamCauses(engine, String(user), String(region)) : passwordCauses(kind),
    notes: notesOf(target.host, max),
    async grant(options) {
      const sql = kind === 'iam' ? engine.createIamUser : engine.createPasswordUser;
      return {
        statements: await statements(options),
        sql: sql(user ?? '<the user in the secret>', database),
      };
    },
    ...(kind !== 'iam'
      ? {}
      : {
          token: async () => {
            const login = await logins.get(target);
            return { token: login.password, ...target, user: login.user, database };
          },
        }),
  };
}

function kindOf(auth: Auth): 'iam' | 'secret' | 'password' {
  if (auth === 'iam') return 'iam';
  return 'secretArn' in auth ? 'secret' : 'password';
}

/** A token for another region than the one that the endpoint's name holds is never accepted. */
function foreignRegion(kind: string, host: string, region: string | undefined): string | undefined {
  const actual = regionOf(host);
  if (kind !== 'iam' || region === undefined || actual === undefined || region === actual) return undefined;
  return `The token would be signed for ${region}, but the endpoint is in ${actual}: leave \`region\` out of the URL.`;
}

function iamCauses(engine: Engine, user: string, region: string): readonly string[] {
  const [create, grant] = engine.createIamUser(user, '');
  const sql = engine.dialect === 'postgres' ? `${create} ${grant}` : create;
  return [
    `The policy: the identity above needs rds-db:connect for the user ${user}; \`sqlport policy\` prints it.`,
    `The user: it must exist and log in by IAM, as made by ${sql}`,
    'The database: IAM authentication must be enabled on the cluster or the instance.',
    `The region: the token was signed for ${region}; it must be that of the database.`,
    `The clock: this machine says ${new Date().toISOString()}; tokens are valid for 15 minutes.`,
    'The endpoint: a token is for one host and port. For an alias or a tunnel give --signing-host.',
  ];
}

function passwordCauses(kind: 'secret' | 'password'): readonly string[] {
  if (kind === 'password') return ['Check user and password, and that the password is percent-encoded in the URL.'];
  return ['Check that the secret holds the present user and password of this database, and who may read it.'];
}

function notesOf(host: string, max: number): readonly string[] {
  const pool = `up to ${max} connections for each process (\`max\`), opened when needed`;
  if (isRdsProxyHost(host)) {
    return [pool, 'RDS Proxy pins a session on SET, temporary tables, locks and statements over 16 KB'];
  }
  return [pool, 'no RDS Proxy'];
}

/** For commands that only make sense with IAM tokens. */
export function requireToken({ token, summary }: Target): NonNullable<Target['token']> {
  if (token !== undefined) return token;
  throw new ConnectorError('CONFIG', `There are no IAM tokens for ${summary['strategy']} with this kind of login.`);
}
