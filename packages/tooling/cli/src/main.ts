#!/usr/bin/env node
import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './exit-code.ts';
import { endWithReader, tellFailure } from './output.ts';
import { makeProgram } from './program.ts';

// Arguments show in lists of processes, and a URL may hold a password.
process.title = 'sqlport';
endWithReader();

const program = makeProgram((code) => {
  process.exitCode = code;
});
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    tellFailure(error, { json: process.argv.includes('--json') });
    process.exitCode = exitCodeOf(error);
  }
}
