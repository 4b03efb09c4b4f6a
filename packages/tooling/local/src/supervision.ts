import { type ChildProcess, fork } from 'node:child_process';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A program to be run by the supervisor. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** User and group to run under; the caller's own when left out. */
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Where its output goes. */
  readonly logFile: string;
  /** How it is asked to end. */
  readonly stopSignal: NodeJS.Signals;
}

export interface RunningProgram {
  readonly pid: number;
  /** Settles when the program has ended: its exit code, or null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** True once it has ended. */
  readonly hasExited: boolean;
}

/** Runs programs that end, and a directory that vanishes, together with this process, however it dies. */
export interface Supervisor {
  /** A temporary directory for the programs' data. */
  readonly directory: string;
  start(program: Program): Promise<RunningProgram>;
  /** Ends all programs, removes the directory, and waits until both are done. */
  close(): Promise<void>;
}

export type ToSupervisor = { readonly id: number; readonly program: Program };
export type FromSupervisor =
  | { readonly event: 'ready'; readonly directory: string }
  | { readonly event: 'started'; readonly id: number; readonly pid: number }
  | { readonly event: 'exited'; readonly id: number; readonly code: number | null };

/** Starts the supervisor process. */
export async function startSupervisor(): Promise<Supervisor> {
  // Beside this file: as TypeScript in the repository, as JavaScript in the package.
  const script = new URL(`./supervisor${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url);
  const child = fork(fileURLToPath(script), {
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const directory = await readyDirectory(child);

  let lastId = 0;
  return {
    directory,
    start(program) {
      const id = ++lastId;
      return new Promise((resolve, reject) => {
        let end: (code: number | null) => void;
        const exited = new Promise<number | null>((settle) => {
          end = settle;
        });
        let hasExited = false;
        const listen = (message: FromSupervisor) => {
          if (message.event === 'ready' || message.id !== id) return;
          if (message.event === 'started') {
            resolve({
              pid: message.pid,
              exited,
              get hasExited() {
                return hasExited;
              },
            });
          } else {
            child.off('message', listen);
            hasExited = true;
            end(message.code);
            reject(new Error(`${program.command} could not be started`));
          }
        };
        child.on('message', listen);
        child.send({ id, program } satisfies ToSupervisor);
      });
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

/** Runs a program to its end. Throws, with the end of its output, unless it ended well. */
export async function runToEnd(supervisor: Supervisor, program: Program): Promise<void> {
  const running = await supervisor.start(program);
  const code = await running.exited;
  if (code !== 0) throw new Error(`${program.command} failed: ${await endOfLog(program.logFile)}`);
}

/** The last lines a program wrote. */
export async function endOfLog(logFile: string): Promise<string> {
  const file = await open(logFile);
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read({ position: Math.max(0, size - 2000) });
    return buffer.toString('utf8', 0, bytesRead).trim();
  } finally {
    await file.close();
  }
}

function readyDirectory(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', () => reject(new Error('the process that watches over the engines could not be started')));
    child.once('message', (message: FromSupervisor) => {
      if (message.event === 'ready') resolve(message.directory);
    });
  });
}
