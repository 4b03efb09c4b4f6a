import fc from 'fast-check';
import { expect, it } from 'vitest';
import { connect, isConnectorError, sql, type Transaction } from '../src/index.ts';
import { failOnUnhandledRejections, failure } from './expectations.ts';
import { ScriptedDriver, table } from './scripted-driver.ts';

failOnUnhandledRejections();

/** What becomes of a call. `timeout`: it never answers, and is aborted; `deaf`: nor does it react to that. */
type Fate = 'ok' | 'not-applied' | 'applied' | 'unknown' | 'native' | 'timeout' | 'deaf';

interface Call {
  readonly kind: 'query' | 'stream' | 'batch';
  readonly fate: Fate;
  /** Whether the body waits for it. */
  readonly awaited: boolean;
}

interface Ending {
  readonly kind: 'throw' | 'commit' | 'rollback' | 'close' | 'leak';
}

interface Nested {
  readonly kind: 'nested';
  readonly steps: readonly Step[];
  readonly awaited: boolean;
}

type Step = Call | Nested | Ending;

const fate = fc.constantFrom<Fate>('ok', 'ok', 'ok', 'not-applied', 'applied', 'unknown', 'native', 'timeout', 'deaf');
const awaited = fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });

const { steps } = fc.letrec<{ step: Step; steps: Step[] }>((tie) => ({
  step: fc.oneof(
    { maxDepth: 3 },
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constantFrom('query', 'stream', 'batch'), fate, awaited }) as fc.Arbitrary<Step>,
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constantFrom('throw', 'commit', 'rollback', 'close', 'leak'),
      }) as fc.Arbitrary<Step>,
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('nested'), steps: tie('steps'), awaited }) as fc.Arbitrary<Step>,
    },
  ),
  steps: fc.array(tie('step'), { maxLength: 5 }),
}));

/** Commands of core's own that may fail, each once. */
const commands = fc.array(
  fc.record({
    line: fc.constantFrom(
      'begin',
      'tx1 commit',
      'tx1 rollback',
      'tx1 execute savepoint',
      'tx1 execute release',
      'tx1 execute rollback to',
      'tx1 return',
    ),
    fate: fc.constantFrom<Fate>('not-applied', 'unknown', 'native'),
  }),
  { maxLength: 2 },
);

class ThrownByBody extends Error {}

function prepare(script: ScriptedDriver, line: string, what: Fate): void {
  if (what === 'native') script.fail(line, new TypeError('a fault of the adapter'));
  else if (what === 'timeout' || what === 'deaf') script.hold(line, { deaf: what === 'deaf' });
  else if (what !== 'ok') script.fail(line, failure('DATABASE', what));
}

it('ends every transaction exactly once, leaks nothing and throws nothing of its own, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      commands,
      fc.boolean(),
      fc.boolean(),
      async (program, failing, interleavedStreams, batch) => {
        const script = new ScriptedDriver({ batch, traits: { interleavedStreams } });
        const db = connect(script.adapter, { retry: false });
        for (const { line, fate: what } of failing) prepare(script, line, what);
        let calls = 0;
        const errors: unknown[] = [];
        const settled = (work: Promise<unknown>) => work.catch((error: unknown) => errors.push(error));
        /** What the body did not wait for. */
        const loose: Promise<unknown>[] = [];

        const run = async (tx: Transaction, { kind, fate: what }: Call): Promise<unknown> => {
          const name = sql.raw(`select ${String(calls++).padStart(4, '0')}`);
          const limits = what === 'timeout' || what === 'deaf' ? { timeoutMs: 1 } : {};
          if (kind === 'query') {
            prepare(script, `tx1 execute ${name.parts[0]}`, what);
            return tx.query(sql`${name}`, limits);
          }
          if (kind === 'batch') {
            prepare(script, `tx1 ${batch ? 'batch' : 'execute'} ${name.parts[0]}`, what);
            return tx.batch([sql`${name}`, sql`select 9999`], limits);
          }
          script.streams.push([table(['a'], [1]), table(['a'], [2])]);
          prepare(script, 'tx1 fetch', what);
          const rows: unknown[] = [];
          // Always with a limit: the prepared fetch may turn out to be that of another stream.
          for await (const row of tx.stream(sql`${name}`, { timeoutMs: 2 })) rows.push(row);
          return rows;
        };

        const perform = async (tx: Transaction, program: readonly Step[]): Promise<void> => {
          for (const step of program) {
            if ('awaited' in step) {
              const nested = (inner: Transaction) => perform(inner, (step as Nested).steps);
              const work = step.kind === 'nested' ? tx.transaction(nested) : run(tx, step);
              if (step.awaited) await work;
              else loose.push(settled(work));
            } else if (step.kind === 'throw') throw new ThrownByBody();
            else if (step.kind === 'close') loose.push(settled(db.close()));
            else if (step.kind === 'leak')
              await tx.stream(sql`select a`, { timeoutMs: 2 })[Symbol.asyncIterator]().next();
            else await tx[step.kind]();
          }
        };

        await settled(db.transaction((tx) => perform(tx, program)));
        await Promise.all(loose);
        await settled(db.close());

        for (const error of errors) expect(isConnectorError(error) || error instanceof ThrownByBody).toBe(true);
        const count = (line: string) => script.log.filter((each) => each === line).length;
        const begun = script.log.includes('begin') && !failing.some(({ line }) => line === 'begin');
        expect(count('tx1 commit') + count('tx1 rollback')).toBe(begun ? 1 : 0);
        expect(count('close')).toBe(1);
      },
    ),
    { numRuns: 300 },
  );
}, 60_000);
