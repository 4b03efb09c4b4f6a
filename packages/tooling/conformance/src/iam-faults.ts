import type { Adapter } from '@sqlport/core';
import { closedPort } from './closed-port.ts';
import type { Faults, FaultySetup } from './fault.ts';
import { startRelay } from './relay.ts';

/** The fields of an IAM adapter's configuration that a fault changes. */
export interface IamConfigChange {
  readonly host?: string;
  readonly port?: number;
  readonly user?: string;
  readonly database?: string;
  readonly region?: string;
  readonly auth?: { readonly password: string };
  readonly tls?: 'insecure-disabled';
  readonly max?: number;
  readonly acquireTimeoutMs?: number;
  readonly readers?: readonly { readonly host: string; readonly port: number }[];
  readonly readerFallback?: 'none';
}

/** What {@link iamFaults} needs to know of an adapter that logs in by IAM, and of the gateway that it reaches. */
export interface IamEnvironment<A = Adapter> {
  /** Makes an adapter of the good configuration with some fields changed. */
  adapter(change: IamConfigChange): A;
  /** Chooses what the gateway shows to connections from now on. */
  useCertificate(kind: 'valid' | 'expired' | 'foreign-ca' | 'wrong-host' | 'plaintext'): Promise<void>;
  /** Sets the gateway's clock ahead of ours, in milliseconds. */
  setClockAhead(ms: number): void;
  /** The engine behind the gateway, which takes a password in plaintext from this machine. */
  readonly engine: { readonly host: string; readonly port: number; readonly user: string; readonly password: string };
}

/** Brings about every fault that a case may ask for, for adapters that log in by IAM over TCP. */
export function iamFaults<A = Adapter>({
  adapter,
  useCertificate,
  setClockAhead,
  engine,
}: IamEnvironment<A>): Required<Faults<A>> {
  const showing = async (kind: Parameters<typeof useCertificate>[0]): Promise<FaultySetup<A>> => {
    await useCertificate(kind);
    return { adapter: adapter({}), end: () => useCertificate('valid') };
  };
  const relayed = async (cutAfter?: RegExp): Promise<FaultySetup<A>> => {
    const relay = await startRelay(engine, cutAfter);
    const { user, password } = engine;
    return {
      adapter: adapter({ host: 'localhost', port: relay.port, user, auth: { password }, tls: 'insecure-disabled' }),
      cut: () => relay.cut(),
      end: () => relay.close(),
    };
  };
  const deadReaders = async () => [{ host: 'localhost', port: await closedPort() }];
  return {
    unreachable: async () => ({ adapter: adapter({ port: await closedPort() }) }),
    'unknown-host': () => ({ adapter: adapter({ host: 'nobody.invalid' }) }),
    'wrong-database': () => ({ adapter: adapter({ database: 'no_such_database' }) }),
    'wrong-login': () => ({ adapter: adapter({ user: 'nobody' }) }),
    'expired-login': () => {
      setClockAhead(60 * 60_000);
      return { adapter: adapter({}), end: () => setClockAhead(0) };
    },
    'wrong-region': () => ({ adapter: adapter({ region: 'eu-central-1' }) }),
    'wrong-host-name': () => showing('wrong-host'),
    'foreign-ca': () => showing('foreign-ca'),
    'expired-certificate': () => showing('expired'),
    'plaintext-server': () => showing('plaintext'),
    'small-pool': () => ({ adapter: adapter({ max: 1, acquireTimeoutMs: 1_000 }) }),
    'dead-reader': async () => ({ adapter: adapter({ readers: await deadReaders() }) }),
    'dead-reader-alone': async () => ({
      adapter: adapter({ readers: await deadReaders(), readerFallback: 'none' }),
    }),
    cut: () => relayed(),
    'lost-answer': () => relayed(/\bcommit\b|lost answer/i),
  };
}
