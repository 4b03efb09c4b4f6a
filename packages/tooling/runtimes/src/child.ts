import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A command, with its arguments. */
export type Command = readonly [string, ...string[]];

/** Longest time of a program. */
const LIMIT_MS = 240_000;
/** For a program that has been told to end. */
const GRACE_MS = 3_000;

/**
 * Starts a program in `directory`, writes `input` as one line of JSON, resolves to the line of JSON that it answers, and
 * then ends it by ending its input. It has nothing of our environment but what a program needs to be found and to run, and
 * a temporary directory of its own, which goes with it: Miniflare, and whatever is killed, leaves things there.
 * Rejects with what it wrote to its standard error where it ends without an answer.
 */
export async function ask(
  [command, ...args]: Command,
  directory: string,
  input: object,
  signal: AbortSignal,
): Promise<unknown> {
  const limits = AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]);
  limits.throwIfAborted();
  const { PATH, HOME } = process.env;
  const temporary = mkdtempSync(join(tmpdir(), 'sqlport-program-'));
  const child = spawn(command, args, { cwd: directory, env: { PATH, HOME, TMPDIR: temporary } });
  const errors: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  // One that has ended early cannot be written to; its exit tells more.
  child.stdin.on('error', () => {});
  child.stdin.write(`${JSON.stringify(input)}\n`);
  let killing: NodeJS.Timeout | undefined;
  const end = (): void => {
    child.stdin.end();
    // Not at once: the program may have started others, and ends them.
    killing ??= setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
  };
  limits.addEventListener('abort', end);
  try {
    const ended = once(child, 'exit');
    ended.catch(() => {});
    let answer: string | undefined;
    for await (const line of createInterface({ input: child.stdout })) {
      answer = line;
      end();
    }
    await ended;
    limits.throwIfAborted();
    if (answer === undefined) throw new Error(`${command} gave no answer.\n${errors.join('')}`);
    return JSON.parse(answer);
  } finally {
    clearTimeout(killing);
    limits.removeEventListener('abort', end);
    await rm(temporary, { recursive: true, force: true, maxRetries: 10 });
  }
}
