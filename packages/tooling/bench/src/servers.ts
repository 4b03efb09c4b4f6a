import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LocalConfigs } from '@sqlport/local';

/** How to reach the servers: through the IAM gateways, with TLS, and through the Data API. */
export type ServerConfigs = Pick<LocalConfigs, 'iam-pg' | 'iam-mysql2' | 'data-api-postgres' | 'data-api-mysql'>;

/** Engines and gateways, in a process of their own so that their work does not count as the client's. */
export interface Servers extends AsyncDisposable {
  readonly configs: ServerConfigs;
}

/** Throws where one of the engines cannot be had: a comparison needs both. */
export async function startServers(): Promise<Servers> {
  const program = fileURLToPath(new URL('programs/servers.ts', import.meta.url));
  const child = fork(program, { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  return { configs: await configsFrom(child), [Symbol.asyncDispose]: () => stop(child) };
}

async function configsFrom(child: ChildProcess): Promise<ServerConfigs> {
  const ended = once(child, 'exit').then(() => Promise.reject(new Error('The servers could not be started.')));
  const [configs] = await Promise.race([once(child, 'message'), ended]);
  ended.catch(() => {});
  return configs as ServerConfigs;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.disconnect();
  await exited;
}
