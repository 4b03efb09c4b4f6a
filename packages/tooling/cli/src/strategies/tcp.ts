import { isRdsProxyHost, regionOf, type ServerConfig, serverSettings, tlsPolicy } from '@sqlport/aws-auth';
import type { Adapter } from '@sqlport/core/spi';
import { dnsCheck, tcpCheck } from '../doctor/network.ts';
import { tlsCheck } from '../doctor/tls.ts';
import type { Engine } from '../engines/engine.ts';
import type { Target, Trust } from './target.ts';
import { loginOf } from './tcp-login.ts';

/** What the strategies over TCP differ in. */
export interface TcpStrategy {
  readonly engine: Engine;
  readonly defaultPort: number;
}

/** The configuration of a URL together with what no URL may hold. */
export function trusted<C extends ServerConfig>(config: C, { ca, signingHost }: Trust): C {
  return { ...config, ...(ca === undefined ? {} : { ca }), ...(signingHost === undefined ? {} : { signingHost }) };
}

/** A target that is reached over TCP. */
export function tcpTarget(adapter: Adapter, config: ServerConfig, { engine, defaultPort }: TcpStrategy): Target {
  const { host, port, database, target, max } = serverSettings(config, defaultPort);
  const region = config.region ?? regionOf(target.host);
  const login = loginOf(config, { engine, database, target, region });
  // Plaintext is nothing that a URL can ask for.
  const policy = tlsPolicy(config)!;
  const endpoint = { host, port };
  return {
    adapter,
    engine,
    summary: {
      strategy: adapter.name,
      host,
      port,
      database,
      ...(config.user === undefined ? {} : { user: config.user }),
      login: login.kind,
      ...(region === undefined ? {} : { region }),
    },
    configurationFault: login.configurationFault,
    checks: [
      dnsCheck(endpoint),
      tcpCheck(endpoint),
      tlsCheck({ endpoint, name: target.host, policy, startTls: (socket) => engine.startTls(socket) }),
      ...login.checks,
    ],
    refusedLogin: login.refused,
    notes: notesOf(target.host, max),
    grant: (options) => login.grant(options),
    ...(login.token === undefined ? {} : { token: login.token }),
  };
}

function notesOf(host: string, max: number): readonly string[] {
  const pool = `up to ${max} connections for each process (\`max\`), opened when needed`;
  if (!isRdsProxyHost(host)) return [pool, 'no RDS Proxy'];
  return [pool, 'RDS Proxy pins a session on SET, temporary tables, locks and statements over 16 KB'];
}
