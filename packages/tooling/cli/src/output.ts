import { writeSync } from 'node:fs';
import { isConnectorError } from '@sqlport/core/spi';
import pc from 'picocolors';
import { printable, printableJson, withoutArguments } from './printable.ts';

/** Writes a line to standard output, waiting where the reader is slow. */
export async function print(text: string): Promise<void> {
  if (process.stdout.write(`${text}\n`)) return;
  await new Promise<void>((resolve) => process.stdout.once('drain', () => resolve()));
}

/** Writes a value as JSON. */
export function printJson(value: unknown): Promise<void> {
  return print(printableJson(JSON.stringify(value, undefined, process.stdout.isTTY ? 2 : undefined)));
}

/** Writes a line for people to standard error, so that standard output holds nothing but the result. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** How an error is told. `serverWords`: whether the server's own, which may quote the statement, may be shown. */
export interface FailureOptions {
  readonly json?: boolean | undefined;
  readonly serverWords?: boolean;
}

/** Tells about an error on standard error, as one line of JSON or for people. */
export function tellFailure(error: unknown, { json = false, serverWords = false }: FailureOptions): void {
  if (!isConnectorError(error)) {
    const message = withoutArguments(printable(error instanceof Error ? error.message : String(error)));
    tell(json ? JSON.stringify({ error: { code: 'INTERNAL', message } }) : `${pc.red('✗')} ${message}`);
    return;
  }
  const words = serverWords && error.serverMessage ? printable(error.serverMessage) : undefined;
  if (json) {
    tell(printableJson(JSON.stringify({ error: { ...error.toJSON(), serverMessage: words } })));
    return;
  }
  tell(`${pc.red('✗')} ${pc.bold(error.code)} ${printable(error.message)}`);
  if (words !== undefined) tell(pc.dim(`  The server: ${words}`));
  if (error.outcome !== 'not-applied') {
    tell(pc.yellow(error.outcome === 'applied' ? '  The statement has taken effect.' : '  It may have taken effect.'));
  }
}

/** Ends the program at once when the reader of its output has gone, as `| head` does, instead of failing on every write. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    writeSync(2, `standard output: ${error.message}\n`);
    process.exit(1);
  });
}
