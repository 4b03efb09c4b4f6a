import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Runs one of `programs/` in a process of its own: `input` on its standard input, its result from its standard output. */
export async function runProgram<T>(name: string, input: object, flags: readonly string[] = []): Promise<T> {
  const file = fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [...flags, file], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(JSON.stringify(input));
  const ended = once(child, 'exit');
  const result = await json(child.stdout).catch(() => undefined);
  const [code] = await ended;
  if (code !== 0) throw new Error(`The program ${name} failed.`);
  return result as T;
}
