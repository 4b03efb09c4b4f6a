/**
 * The program for Node, Bun and Deno. Reads an assignment, one line of JSON, from its standard input, and writes its
 * answer as one. Ends with its input: then whoever started it has the answer, or is dead.
 */
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Assignment } from './assignment.ts';
import { runCases } from './run-cases.ts';

const input = createInterface({ input: process.stdin });
input.once('close', () => process.exit());
input.once('line', async (line) => {
  const assignment: Assignment = JSON.parse(line);
  const answer = await runCases(await import(`@sqlport/${assignment.adapter}`), assignment);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
