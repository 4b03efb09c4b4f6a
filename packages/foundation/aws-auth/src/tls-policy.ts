import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate, type SecureContext } from 'node:tls';
import { ConnectorError } from '@sqlport/core/spi';
import type { Auth } from './login.ts';
import { isLoopback } from './loopback.ts';
import { normalHost, regionOf } from './region.ts';
import { secureContext } from './secure-context.ts';
import { isProxy } from './server-config.ts';
import { trustedCertificates } from './trust.ts';

/** The part of an adapter's configuration that decides about TLS. */
export interface TlsPolicyOptions {
  /** The name that is dialled. */
  readonly host: string;
  /** The endpoint's real name where `host` is an alias or a tunnel; the certificate is checked against it. */
  readonly signingHost?: string;
  /** `'verify'` (default), or `'insecure-disabled'` for plaintext: never with IAM, with a secret only to this machine. */
  readonly tls?: 'verify' | 'insecure-disabled';
  /** PEM text of the certificate authorities to trust, and no others. */
  readonly ca?: string | readonly string[];
  /** The AWS region whose certificate authorities to trust. Default: the one in the endpoint's name. */
  readonly region?: string;
  /** Whether the server is an RDS Proxy, which is certified by Amazon's own authorities. Default: whether its name says so. */
  readonly proxy?: boolean;
  /** Default `'iam'`. */
  readonly auth?: Auth;
}

/** How to talk TLS with one server. The members fit `tls.connect`. */
export interface TlsPolicy {
  /** For SNI. Absent where the server's name is an IP address. */
  readonly servername?: string;
  /** Checks the certificate against the right name, whatever name the socket was opened with. */
  readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined;
  /** PEM of the certificates to trust; undefined for Node's own. For drivers that take no context. */
  certificates(): Promise<readonly string[] | undefined>;
  /** The cached context with the certificates to trust. Rejects with `CONFIG` where none are known for the region. */
  secureContext(): Promise<SecureContext>;
}

/** `undefined` means plaintext. Throws `CONFIG` at once for what must not be. Call it once for each server. */
export function tlsPolicy(options: TlsPolicyOptions): TlsPolicy | undefined {
  const { host, signingHost, tls = 'verify', ca } = options;
  if (tls === 'insecure-disabled') {
    requirePlaintextAllowed(host, options.auth ?? 'iam');
    return undefined;
  }
  if (tls !== 'verify') {
    throw new ConnectorError('CONFIG', "`tls` must be 'verify' (the default) or 'insecure-disabled'.");
  }
  const name = normalHost(signingHost ?? host);
  const region = options.region ?? regionOf(name);
  const trust = {
    ...(ca === undefined ? {} : { ca }),
    ...(region === undefined ? {} : { region }),
    proxy: isProxy(options),
  };
  return {
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_dialled, certificate) => checkServerIdentity(name, certificate),
    certificates: () => trustedCertificates(trust),
    secureContext: () => secureContext(trust),
  };
}

function requirePlaintextAllowed(host: string, auth: Auth): void {
  if (auth === 'iam') {
    throw new ConnectorError('CONFIG', "`tls: 'insecure-disabled'` with IAM would send the token in plaintext.");
  }
  if ('secretArn' in auth && !isLoopback(host)) {
    const message = "`tls: 'insecure-disabled'` with `auth.secretArn` is for servers on this machine only.";
    throw new ConnectorError('CONFIG', message);
  }
}
