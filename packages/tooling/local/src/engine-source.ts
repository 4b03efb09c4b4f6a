import { createHmac } from 'node:crypto';
import type { Engine } from './engine.ts';
import type { Supervisor } from './supervision.ts';

/** The user and the database that are there from the start. */
export const firstUser = 'app';
export const firstDatabase = 'simple_db';

export interface StartOptions {
  /** With hostile defaults: see `LocalOptions`. Default false. */
  readonly hostile?: boolean;
}

/** Where one kind of engine comes from. */
export interface EngineSource {
  readonly engineName: string;
  /** The environment variable that may name a running server. */
  readonly urlVariable: string;
  /** Uses a running server, by a superuser's URL. */
  open(url: string): Promise<Engine>;
  /** Starts one. Throws, with what to install, when there is none to be had. */
  start(supervisor: Supervisor, log: (line: string) => void, options?: StartOptions): Promise<Engine>;
}

/** Makes sure that the first user and database are there. */
export async function prepareEngine(engine: Engine): Promise<void> {
  const password = enginePassword(engine, firstUser);
  if (await engine.canLogIn(firstUser, password, firstDatabase)) return;
  await engine.ensureUser(firstUser, password);
  await engine.ensureDatabase(firstDatabase, firstUser);
}

/**
 * The password a user has on the engine itself. It follows from the superuser's, so that every process which shares an
 * engine knows it, and nobody else does.
 */
export function enginePassword(engine: Pick<Engine, 'url'>, user: string): string {
  return createHmac('sha256', new URL(engine.url).password).update(`sqlport local user ${user}`).digest('base64url');
}
