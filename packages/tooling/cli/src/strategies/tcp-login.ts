import { type LoginTarget, loginSource, regionOf, type ServerConfig } from '@sqlport/aws-auth';
import type { Check } from '../doctor/check.ts';
import { identityChecks } from '../doctor/identity.ts';
import { secretCheck, tokenCheck } from '../doctor/login.ts';
import { isLoopback } from '../doctor/network.ts';
import type { Engine } from '../engines/engine.ts';
import { connect, readSecret } from '../policy/grant.ts';
import { resourceOf } from '../policy/resource.ts';
import type { Target } from './target.ts';

/** Where a login is for. */
interface Place {
  readonly engine: Engine;
  readonly database: string;
  readonly target: LoginTarget;
  readonly region: string | undefined;
}

/** What a kind of login means for each command. */
interface TcpLogin extends Pick<Target, 'grant' | 'token' | 'configurationFault'> {
  /** For people. */
  readonly kind: string;
  readonly checks: readonly Check[];
  /** Causes of a refusal. */
  readonly refused: readonly string[];
}

/** How a configuration logs in. */
export function loginOf(config: ServerConfig, place: Place): TcpLogin {
  const { auth = 'iam' } = config;
  if (auth === 'iam') return byToken(config, place);
  return 'secretArn' in auth ? bySecret(config, place, auth.secretArn) : byPassword(config, place);
}

function byToken(config: ServerConfig, { engine, database, target, region }: Place): TcpLogin {
  const { profile } = config;
  const user = config.user!;
  const logins = loginSource(config);
  return {
    kind: 'IAM token',
    configurationFault: foreignRegion(target.host, config.region),
    checks: [...identity(config, target, region), tokenCheck(logins, target)],
    refused: [
      `The policy: the identity above needs rds-db:connect for the user ${user}; \`sqlport policy\` prints it.`,
      `The user: it must exist and log in by IAM, as made by ${engine.createIamUser(user, database).login.join(' ')}`,
      'The database: IAM authentication must be enabled on the cluster or the instance.',
      `The region: the token was signed for ${region}; it must be that of the database.`,
      `The clock: this machine says ${new Date().toISOString()}; tokens are valid for 15 minutes.`,
      'The endpoint: a token is for one host and port. For an alias or a tunnel give --signing-host.',
    ],
    async grant(options) {
      const resource = await resourceOf({ host: target.host, region, profile }, options);
      return { statements: [connect(resource, user)], sql: engine.createIamUser(user, database) };
    },
    async token() {
      const { user, password } = await logins.get(target);
      return { token: password, ...target, user, database };
    },
  };
}

function bySecret(config: ServerConfig, { engine, database, target, region }: Place, secretArn: string): TcpLogin {
  return {
    kind: 'secret of Secrets Manager',
    checks: [...identity(config, target, region), secretCheck(loginSource(config), target)],
    refused: ['Check that the secret holds the present user and password of this database, and who may read it.'],
    async grant() {
      const sql = engine.createPasswordUser(config.user ?? '<the user in the secret>', database);
      return { statements: [readSecret(secretArn)], sql };
    },
  };
}

function byPassword(config: ServerConfig, { engine, database }: Place): TcpLogin {
  return {
    kind: 'password',
    checks: [],
    refused: ['Check user and password, and that the password is percent-encoded in the URL.'],
    async grant() {
      return { statements: [], sql: engine.createPasswordUser(config.user!, database) };
    },
  };
}

function identity({ profile }: ServerConfig, { host }: LoginTarget, region: string | undefined): readonly Check[] {
  return region === undefined ? [] : identityChecks({ profile, region, isLocal: isLoopback(host) });
}

/** A token for another region than the one that the endpoint's name holds is never accepted. */
function foreignRegion(host: string, region: string | undefined): string | undefined {
  const actual = regionOf(host);
  if (region === undefined || actual === undefined || region === actual) return undefined;
  return `The token would be signed for ${region}, but the endpoint is in ${actual}: leave \`region\` out of the URL.`;
}
