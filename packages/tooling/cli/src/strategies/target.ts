import { type Adapter, ConnectorError } from '@sqlport/core/spi';
import type { Check } from '../doctor/check.ts';
import type { Engine } from '../engines/engine.ts';
import type { Grant } from '../policy/grant.ts';
import type { ResourceOptions } from '../policy/resource.ts';

/** What decides trust, and so never comes from a URL. */
export interface Trust {
  /** PEM of the certificate authorities to trust. */
  readonly ca?: string;
  /** The name that RDS gave the endpoint, where the URL has an alias or a tunnel. */
  readonly signingHost?: string;
  /** The options by which these were given on the command line, not by the environment. */
  readonly options: readonly string[];
}

/** For strategies over HTTPS, which trust what Node trusts: an option must not be left unheard. */
export function refuseTrust({ options }: Trust, strategy: string): void {
  if (options.length === 0) return;
  const message = `${strategy} has no use for ${options.join(' and ')}: it goes over HTTPS. Node's NODE_EXTRA_CA_CERTS adds authorities.`;
  throw new ConnectorError('CONFIG', message);
}

/** A token as other tools take it for a password. */
interface Token {
  readonly token: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** A database, and everything the commands want of the way that leads there. */
export interface Target {
  readonly adapter: Adapter;
  readonly engine: Engine;
  /** What the configuration says, for people; without secrets. */
  readonly summary: Readonly<Record<string, string | number>>;
  /** Is there anything in the configuration that cannot work? */
  readonly configurationFault?: string | undefined;
  /** What `doctor` looks at before it logs in, in order. */
  readonly checks: readonly Check[];
  /** Causes of a login that was refused, the likeliest first. */
  readonly refusedLogin: readonly string[];
  /** What is worth knowing about pools and proxies on this way. */
  readonly notes: readonly string[];
  /** What it takes to be let in, and no more. */
  grant(options: ResourceOptions): Promise<Grant>;
  /** Absent where there is no such thing. */
  readonly token?: () => Promise<Token>;
}

/** One strategy: makes a target of a URL of its own. Loads what it needs; opens nothing. Throws `CONFIG`. */
export type Strategy = (url: string, trust: Trust) => Promise<Target>;
