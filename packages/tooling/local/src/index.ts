export type { LocalEngine } from './engine.ts';
export type { CertificateKind, Gateway, LoginAttempt, LoginRefusal, PolicyStatement } from './gateway.ts';
export type * from './local.ts';
export { startLocal } from './start-local.ts';
export type { KnownCredentials, TokenRefusal } from './token.ts';
