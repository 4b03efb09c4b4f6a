import { text as readAll } from 'node:stream/consumers';
import { connect } from '@sqlport/core';
import { ConnectorError } from '@sqlport/core/spi';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { tellFailure } from '../output.ts';
import { type ParameterOptions, parametersFor } from '../query/parameters.ts';
import { prompt } from '../query/prompt.ts';
import { type Format, type RunOptions, run } from '../query/run.ts';
import { Session, statementOf } from '../query/session.ts';
import { mayHoldSecret, statementsIn } from '../query/statements.ts';
import type { Target } from '../strategies/target.ts';
import { type TargetOptions, targetOf } from '../target.ts';

export interface QueryCommandOptions extends TargetOptions, ParameterOptions {
  readonly format?: Format;
  readonly json?: boolean;
  /** In seconds. */
  readonly timeout?: number;
}

/** `sqlport query <url> [sql]`: statements from the command line or standard input, or a prompt in a terminal. */
export async function query(url: string, sql: string | undefined, options: QueryCommandOptions): Promise<number> {
  const target = await targetOf(url, options);
  const format = options.json ? 'json' : (options.format ?? 'table');
  const { dialect } = target.engine;
  const runOptions = {
    dialect,
    format,
    ...(options.timeout === undefined ? {} : { timeoutMs: Math.ceil(options.timeout * 1000) }),
  };
  // Nothing is rounded: the formats write every digit. Rows of a stream come without the types of their columns, so
  // that the JSON in them must be taken apart before.
  await using db = connect(target.adapter, {
    int64: 'bigint',
    instants: 'string',
    json: format === 'ndjson' ? 'parsed' : 'text',
  });
  const session = new Session(db);
  if (sql === undefined && process.stdin.isTTY) {
    refuseParameters(options);
    // Who cannot be let in should hear it before he types.
    await db.ping();
    await prompt(session, nameOf(target), runOptions);
    return EXIT.done;
  }
  const text = sql === undefined || sql === '-' ? await readAll(process.stdin) : sql;
  return await runText(session, text, runOptions, options);
}

async function runText(
  session: Session,
  text: string,
  options: RunOptions,
  { json = false, ...parameters }: QueryCommandOptions,
): Promise<number> {
  const statements = statementsIn(text, options.dialect);
  if (statements.length === 0) throw new ConnectorError('CONFIG', 'There is no statement to run.');
  if (statements.length > 1) refuseParameters(parameters);
  const signal = cancelled();
  for (const { text, keyword } of statements) {
    try {
      if (await session.control({ text, keyword }, signal)) continue;
      const statement = statementOf(text, parametersFor(text, options.dialect, parameters));
      await run(session, { statement, keyword }, { ...options, signal });
    } catch (error) {
      tellFailure(error, { json, serverWords: !mayHoldSecret(text) });
      return exitCodeOf(error);
    }
  }
  return EXIT.done;
}

/** Aborted by Ctrl-C, so that the server stops too; who presses it twice does not want to wait. */
function cancelled(): AbortSignal {
  const controller = new AbortController();
  process.on('SIGINT', () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  });
  return controller.signal;
}

function refuseParameters({ param = [], params }: ParameterOptions): void {
  if (param.length === 0 && params === undefined) return;
  throw new ConnectorError(
    'CONFIG',
    'Parameters are for a single statement, given on the command line or by standard input.',
  );
}

function nameOf({ summary }: Target): string {
  return String(summary['database']);
}
