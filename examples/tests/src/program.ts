import { spawn } from 'node:child_process';
import { once } from 'node:events';

export interface ProgramOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** Runs a program to its end. Rejects with what it said where it fails. */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, input = '' }: ProgramOptions,
): Promise<void> {
  const child = spawn(program, args, { ...(cwd && { cwd }), ...(env && { env }) });
  const said: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${Buffer.concat(said).toString()}`);
}
