import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import type { StrategyName } from '@sqlport/local';
import { ask } from './child.ts';
import { DIFFERENCES, IMPOSSIBLE } from './differences.ts';
import { openEnvironment, type Servers } from './environment.ts';
import type { Answer, Assignment } from './program/assignment.ts';
import type { ProcessRuntime } from './runtimes.ts';
import { runWorker } from './worker.ts';

/** A runtime as the table names it. */
export interface Runtime {
  readonly name: string;
  readonly version: string;
  /** What it says it is, at least. */
  readonly userAgent: string;
  /** Runs an assignment in a folder where the adapter and the cases are installed. */
  readonly run: (assignment: Assignment, folder: string, signal: AbortSignal) => Promise<Answer>;
}

/** What came of a strategy in a runtime; plain JSON. */
export interface Run extends Pick<Runtime, 'name' | 'version'> {
  readonly strategy: StrategyName;
  readonly results: Answer['results'];
  /** Why the strategy cannot run there, which a case has confirmed. */
  readonly impossible?: string;
}

const PROGRAM = join(import.meta.dirname, 'program');
/** Needs a server, and nothing else. */
const SIMPLE_CASE = 'query/rows-as-objects';

export function processRuntime({ name, version, userAgent, command }: ProcessRuntime, modules: string): Runtime {
  return {
    name,
    version,
    userAgent,
    async run(assignment, folder, signal) {
      const program = command(modules, join('program', 'process.ts'));
      return (await ask(program, folder, assignment, signal)) as Answer;
    },
  };
}

export function workerd(version: string, modules: string): Runtime {
  return {
    name: 'workerd',
    version,
    userAgent: 'Cloudflare-Workers',
    async run(assignment, folder, signal) {
      const { adapter, name } = assignment;
      const source = `import * as module from '@sqlport/${adapter}';
        import { workerOf } from './program/worker.ts';
        export default workerOf(module);`;
      // What needs Node at all is not held back by a flag.
      const compatibilityFlags = IMPOSSIBLE['workerd']?.[name as StrategyName] === undefined ? [] : ['nodejs_compat'];
      const requests = [{ path: '/', method: 'POST', body: JSON.stringify(assignment) }];
      const [reply] = await runWorker(modules, { folder, source, compatibilityFlags, requests }, signal);
      if (reply?.status !== 200) throw new Error(`The Worker answered ${reply?.status}: ${reply?.body}`);
      return JSON.parse(reply.body);
    },
  };
}

/** Makes the folder of an adapter ready for every runtime. */
export async function addProgram(folder: string): Promise<void> {
  await cp(PROGRAM, join(folder, 'program'), { recursive: true });
}

/** Runs the cases on a strategy in a runtime. Throws where it is not the runtime that it should be. */
export async function runStrategy(
  { name, version, userAgent, run }: Runtime,
  strategy: StrategyName,
  servers: Servers,
  folder: string,
  signal: AbortSignal,
): Promise<Run> {
  await using environment = await openEnvironment(strategy, servers);
  const { assignment } = environment;
  const impossible = IMPOSSIBLE[name]?.[strategy];
  const divergences = { ...assignment.divergences, ...DIFFERENCES[name] };
  const only = impossible === undefined ? {} : { only: [SIMPLE_CASE] };
  const answer = await run({ ...assignment, divergences, ...only }, folder, signal);
  if (!answer.userAgent.startsWith(userAgent)) throw new Error(`${answer.userAgent} is not ${userAgent}.`);
  const { results } = answer;
  return { name, version, strategy, results, ...(impossible !== undefined && { impossible }) };
}

/** What is wrong with a run: a line for each case. */
export function faultsOf({ results, impossible }: Run): readonly string[] {
  if (impossible === undefined) {
    return results.filter(({ status }) => status === 'failed').map(({ id, reason }) => `${id}: ${reason}`);
  }
  return results[0]?.status === 'failed' ? [] : ['It runs, though it is listed as impossible: take it off the list.'];
}
