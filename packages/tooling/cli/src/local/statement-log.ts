import { withoutLiterals } from '@sqlport/dialect';
import type { LocalStatement } from '@sqlport/local';
import pc from 'picocolors';
import { printable, printableJson } from '../printable.ts';

const DIALECT = { postgres: 'postgres', mysql: 'mysql' } as const;

/** Writes one line for each statement. Its literals, which may be secrets, are `?`. */
export function statementLog({
  json = false,
}: {
  readonly json?: boolean | undefined;
}): (statement: LocalStatement) => void {
  return ({ strategy, engine, text }) => {
    const shown = printable(withoutLiterals(text, DIALECT[engine])).replace(/\s+/g, ' ');
    const at = new Date().toISOString();
    const line = json
      ? printableJson(JSON.stringify({ at, strategy, statement: shown }))
      : `${pc.dim(at.slice(11, 23))} ${pc.cyan(strategy)} ${shown}`;
    process.stdout.write(`${line}\n`);
  };
}
