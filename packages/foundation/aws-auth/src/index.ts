export type { AwsCredentials, CredentialsOptions, CredentialsProvider, CredentialsRequest } from './credentials.ts';
export { logIn } from './log-in.ts';
export type { Auth, Login, LoginOptions, LoginSource, LoginTarget, SecretAuth } from './login.ts';
export { loginSource } from './login-source.ts';
export { type ReaderConfig, readerConfigs } from './reader-config.ts';
export { isRdsProxyHost, regionOf } from './region.ts';
export { secureContext } from './secure-context.ts';
export {
  checkServerOrPool,
  DEFAULT_ACQUIRE_TIMEOUT_MS,
  inLambda,
  type OwnChecks,
  type PoolConfig,
  type ServerConfig,
  type ServerSettings,
  serverSettings,
} from './server-config.ts';
export { serverFromUrl } from './server-url.ts';
export { type TlsPolicy, type TlsPolicyOptions, tlsPolicy } from './tls-policy.ts';
export { type TrustOptions, trustedCertificates } from './trust.ts';
