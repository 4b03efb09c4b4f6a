import type { Local } from '@sqlport/local';
import pc from 'picocolors';
import { EXIT } from '../exit-code.ts';
import { type EnvFile, envFile } from '../local/env-file.ts';
import { statementLog } from '../local/statement-log.ts';
import { environmentOf, urlsOf, variableOf, withoutPassword } from '../local/urls.ts';
import { optionalPackage } from '../optional-package.ts';
import { print, printJson, tell } from '../output.ts';
import { printable } from '../printable.ts';

export interface LocalCommandOptions {
  readonly postgres: boolean;
  readonly mysql: boolean;
  readonly region: string;
  /** True: under the usual name. */
  readonly writeEnv?: string | true;
  readonly log?: boolean;
  readonly json?: boolean;
}

/** `sqlport local`: runs until it is told to stop, and leaves nothing behind. */
export async function local({ postgres, mysql, region, writeEnv, log, json }: LocalCommandOptions): Promise<number> {
  const { startLocal } = await optionalPackage('@sqlport/local', () => import('@sqlport/local'), 'sqlport local');
  // Before anything is started: it may be refused.
  const file = writeEnv === undefined ? undefined : await envFile(writeEnv === true ? '.env.local' : writeEnv);
  const stop = stopSignal();
  tell(pc.dim('Starting the engines …'));
  await using running = await startLocal({
    postgres,
    mysql,
    region,
    log: (line) => tell(pc.dim(printable(line))),
    ...(log ? { onStatement: statementLog({ json }) } : {}),
  });
  await using _file = await written(file, running);
  if (!stop.aborted) await (json ? showJson : show)(running, file);
  await new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve());
  });
  tell(pc.dim('Stopping …'));
  return EXIT.done;
}

async function written(file: EnvFile | undefined, running: Local): Promise<AsyncDisposable> {
  await file?.write(environmentOf(running));
  return { [Symbol.asyncDispose]: async () => file?.remove() };
}

async function showJson(running: Local, file: EnvFile | undefined): Promise<void> {
  const urls = Object.fromEntries(Object.entries(urlsOf(running)).map(([name, url]) => [name, withoutPassword(url)]));
  await printJson({ ready: true, urls, region: running.region, envFile: file?.path });
}

async function show(running: Local, file: EnvFile | undefined): Promise<void> {
  for (const engine of [running.postgres, running.mysql]) {
    if (engine) await print(`${pc.green('✓')} ${engine.kind} ${engine.version}`);
  }
  for (const [name, url] of Object.entries(urlsOf(running))) {
    await print(`\n${pc.bold(name)}  ${pc.dim(variableOf(name))}\n  ${withoutPassword(url)}`);
  }
  if (file === undefined) {
    await print(
      `\nCredentials, passwords and the certificate authority: ${pc.bold('--write-env')} writes them to a file.`,
    );
  } else {
    await print(`\nIn ${file.path}; try: sqlport query env:DATABASE_URL --dotenv ${file.path}`);
  }
  await print(pc.dim('Ctrl-C stops everything.'));
}

/** Aborted when somebody asks the program to end. Who asks twice does not want to wait. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort();
    });
  }
  return controller.signal;
}
