import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Local, type LocalDatabase, type LocalOptions, type StrategyName, startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import { inject } from 'vitest';
import { tidbEndpoint } from '../src/local/urls.ts';

export const PROGRAM = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Programs start three times as fast from what an earlier one has compiled. */
const COMPILED = fileURLToPath(new URL('../node_modules/.cache/compiled', import.meta.url));

/** What a run of the program came to. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Called with what was written so far, each time that there is more. */
  readonly onOutput?: (output: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** Endpoints and a database of one test file's own, and the program to run against them. */
export class Fixture {
  readonly local: Local;
  readonly database: LocalDatabase;
  /** The home of the program, empty at first. */
  readonly directory: string;

  private constructor(local: Local, database: LocalDatabase, directory: string) {
    this.local = local;
    this.database = database;
    this.directory = directory;
  }

  static async start(options: LocalOptions = {}): Promise<Fixture> {
    const local = await startLocal({ ...inject('sqlportLocal'), ...options });
    const directory = await mkdtemp(join(tmpdir(), 'sqlport-cli-'));
    return new Fixture(local, await local.createDatabase(), directory);
  }

  url(strategy: StrategyName): string {
    return this.database.urls[strategy];
  }

  /** The environment of the program: what `sqlport local` writes, a home of its own, and nothing of the machine's AWS. */
  get env(): Record<string, string> {
    const { credentials, ca } = this.local;
    return {
      PATH: process.env['PATH'] ?? '',
      HOME: this.directory,
      XDG_STATE_HOME: join(this.directory, 'state'),
      NODE_COMPILE_CACHE: COMPILED,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      SQLPORT_CA: ca,
      ...(this.local.mysql && { SQLPORT_TIDB_ENDPOINT: tidbEndpoint(this.local) }),
    };
  }

  /** Runs the program to its end. */
  run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return runProgram(args, { ...options, cwd: options.cwd ?? this.directory, env: { ...this.env, ...options.env } });
  }

  async stop(): Promise<void> {
    await this.local.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

export function runProgram(
  args: readonly string[],
  { stdin = '', env = {}, cwd, onOutput }: RunOptions,
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, ...args], { env: defined(env), cwd, stdio: 'pipe' });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8').on('data', (text: string) => {
        output[name] += text;
        onOutput?.(output.stdout + output.stderr, (signal) => child.kill(signal));
      });
    }
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...output }));
  });
}

function defined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined)) as Record<string, string>;
}
