import { createInterface, type Interface } from 'node:readline';
import pc from 'picocolors';
import { print, tellFailure } from '../output.ts';
import { printable } from '../printable.ts';
import { openHistory } from './history.ts';
import { type RunOptions, run } from './run.ts';
import { type Session, statementOf } from './session.ts';
import { isComplete, mayHoldSecret, statementsIn, type TextStatement } from './statements.ts';

const LEAVE: ReadonlySet<string> = new Set(['\\q', 'exit', 'quit']);
const HELP: ReadonlySet<string> = new Set(['\\?', 'help']);
const HELP_TEXT = `A statement ends with a semicolon, and may have several lines.
begin; commit; rollback;  a transaction
Ctrl-C                    cancels the statement that runs, or drops what was typed
\\q, exit or Ctrl-D        ends`;

/** Reads statements from a terminal and runs them, until the user leaves. */
export async function prompt(session: Session, name: string, options: RunOptions): Promise<void> {
  const history = await openHistory();
  const lines: Interface = createInterface({
    input: process.stdin,
    output: process.stdout,
    terminal: true,
    history: [...history.entries],
    historySize: 1_000,
  });
  // Statements are what is kept, and not the lines that they were typed in.
  lines.on('history', (typed) => typed.splice(0, typed.length, ...history.entries));
  let buffer = '';
  let running: AbortController | undefined;

  const ask = () => {
    const sign = session.inTransaction ? '*>' : '>';
    lines.setPrompt(buffer === '' ? `${printable(name)}${sign} ` : `${' '.repeat(Math.max(0, name.length - 2))}...> `);
    lines.prompt();
  };
  lines.on('SIGINT', () => {
    if (running !== undefined) {
      running.abort();
      return;
    }
    buffer = '';
    process.stdout.write('^C\n');
    // Ctrl-U: readline's own way to drop the line.
    lines.write(null, { ctrl: true, name: 'e' });
    lines.write(null, { ctrl: true, name: 'u' });
    ask();
  });

  ask();
  for await (const line of lines) {
    const word = buffer === '' ? line.trim().replace(/;$/, '').toLowerCase() : undefined;
    if (word !== undefined && LEAVE.has(word)) break;
    if (word !== undefined && HELP.has(word)) await print(pc.dim(HELP_TEXT));
    else if (word !== '') buffer += `${line}\n`;
    if (isComplete(buffer, options.dialect)) {
      const text = buffer.trim();
      buffer = '';
      await history.add(text);
      running = new AbortController();
      await runAll(session, statementsIn(text, options.dialect), { ...options, signal: running.signal });
      running = undefined;
    }
    ask();
  }
  lines.close();
}

/** Runs statements in order, until one fails; tells about it. */
async function runAll(session: Session, statements: readonly TextStatement[], options: RunOptions): Promise<void> {
  for (const { text, keyword } of statements) {
    try {
      if (await session.control({ text, keyword }, options.signal!)) continue;
      await run(session, { statement: statementOf(text, []), keyword }, options);
    } catch (error) {
      tellFailure(error, { serverWords: !mayHoldSecret(text) });
      return;
    }
  }
}
