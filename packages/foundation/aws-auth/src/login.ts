import type { CredentialsOptions } from './credentials.ts';

/** A secret of AWS Secrets Manager: JSON with `username` and `password`, as RDS and its rotation functions write it. */
export interface SecretAuth {
  readonly secretArn: string;
  /** Default: the region in the ARN. */
  readonly region?: string;
  /** Another address of Secrets Manager, such as a VPC endpoint; `https:`, or `http:` to this machine. */
  readonly endpoint?: string;
}

/**
 * How an adapter logs in.
 * - `'iam'`: an IAM token as password, for the adapter's `user`.
 * - `secretArn`: user name and password from a secret. The secret's own user name is used, since rotation with
 *   alternating users changes it.
 * - `password`: a plain password, for local work; `user` may stand beside it instead of in the adapter's `user`.
 */
export type Auth = 'iam' | SecretAuth | PasswordAuth;

/** See {@link Auth}. */
export interface PasswordAuth {
  readonly user?: string;
  readonly password: string;
}

/** The part of an adapter's configuration that decides about logging in. */
export interface LoginOptions extends CredentialsOptions {
  /** Default `'iam'`. */
  readonly auth?: Auth;
  /** The database user. Required but for a secret that holds its own. */
  readonly user?: string;
  /** The AWS region to sign for. Default: the one in the endpoint's name. */
  readonly region?: string;
  /** Wall clock in milliseconds since 1970; default `Date.now`. */
  readonly clock?: () => number;
}

/** The endpoint that a login is for: the real name of the endpoint, which need not be the one that is dialled. */
export interface LoginTarget {
  readonly host: string;
  readonly port: number;
}

/** What to tell the server. `password` is the token where `auth` is `'iam'`: it must never travel in plaintext. */
export interface Login {
  readonly user: string;
  readonly password: string;
}

/** Where an adapter gets the login for each new physical connection. One per adapter instance. */
export interface LoginSource {
  /**
   * The login for a new physical connection. It is cached, made once for all who ask at the same time, and renewed
   * with a margin before it ends. Aborting one caller's `signal` does not disturb the others.
   * Throws `AUTH`, `PERMISSION`, `CONFIG`, `UNREACHABLE`, `THROTTLED`, or what the signal says; always `not-applied`.
   */
  get(target: LoginTarget, signal?: AbortSignal): Promise<Login>;
  /**
   * To be called when the server refused a login: forgets it, unless a newer one has taken its place.
   * True where it makes sense to connect once more, with a fresh `get`; false for a plain password.
   */
  refused(target: LoginTarget, login: Login): boolean;
}
