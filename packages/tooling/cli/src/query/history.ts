import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { mayHoldSecret } from './statements.ts';

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;

/** Most statements that are kept. */
const LENGTH = 1_000;
/** When the file has grown to this many times what is kept, it is cut. */
const SLACK = 2;

/** Statements that were typed before, the newest first, as `readline` wants them. */
export interface History {
  readonly entries: readonly string[];
  /** Keeps a statement on one line, unless it may hold a password, or a comment would swallow its rest. */
  add(statement: string): Promise<void>;
}

/** The history in the user's own state directory; for the owner's eyes only, and never through a link. */
export async function openHistory(): Promise<History> {
  const path = join(process.env['XDG_STATE_HOME'] || join(homedir(), '.local/state'), 'sqlport/history');
  const entries = (await read(path)).reverse();
  return {
    entries,
    async add(statement) {
      const entry = oneLine(statement);
      if (entry === undefined || entry === entries[0]) return;
      entries.unshift(entry);
      entries.splice(LENGTH);
      await append(path, entry);
    },
  };
}

function oneLine(statement: string): string | undefined {
  const text = statement.trim();
  if (text === '' || mayHoldSecret(text)) return undefined;
  if (!text.includes('\n')) return text;
  return /--|#/.test(text) ? undefined : text.replace(/\s*\n\s*/g, ' ');
}

/** The statements of the file, the oldest first; none where it cannot be had. A file that has grown too long is cut. */
async function read(path: string): Promise<string[]> {
  try {
    await using file = await openOwn(path);
    const lines = (await file.readFile('utf8')).split('\n').filter(Boolean);
    const kept = lines.slice(-LENGTH);
    if (lines.length > LENGTH * SLACK) {
      await file.truncate();
      await file.appendFile(`${kept.join('\n')}\n`);
    }
    return kept;
  } catch {
    return [];
  }
}

/** A history that cannot be written is no reason to stop. */
async function append(path: string, entry: string): Promise<void> {
  try {
    await using file = await openOwn(path);
    await file.appendFile(`${entry}\n`);
  } catch {}
}

async function openOwn(path: string) {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
  try {
    // It may have been there before, for more eyes.
    await file.chmod(0o600);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}
