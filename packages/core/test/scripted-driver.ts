import { expect, onTestFinished } from 'vitest';
import {
  type Adapter,
  type Dialect,
  type Driver,
  type DriverTransaction,
  type ExecuteOptions,
  interrupted,
  type OpenOptions,
  type RawPage,
  type RawResult,
  type Statement,
  type StreamPageOptions,
  type Traits,
  type TransactionOptions,
} from '../src/spi/index.ts';

/** Which of the optional parts of the SPI the driver has. */
export interface ScriptOptions {
  /** Default `postgres`. */
  readonly dialect?: Dialect;
  /** Whether sessions have `batch`. Default false: core's fallback is used. */
  readonly batch?: boolean;
  readonly traits?: Partial<Traits>;
}

/** A call that has reached the driver and stays there until the test settles it. */
export interface Held {
  /** Resolves when the call is made. */
  readonly reached: Promise<void>;
  /** The signal that core passed. */
  readonly signal: AbortSignal | undefined;
  resolve(answer?: unknown): void;
  reject(error: unknown): void;
}

type Answer = (signal: AbortSignal | undefined) => unknown;

/** What runs on one transaction, or on the connection. */
interface Scope {
  /** Put before every line of the log: `tx1 `. */
  readonly prefix: string;
  /** Calls under way. */
  busy: number;
  /** How the transaction was ended. */
  ended?: string;
}

/** The rows of a result; `table(['id'], [1], [2])`. */
export function table(names: readonly string[], ...rows: (readonly unknown[])[]): RawResult & RawPage {
  return { columns: names.map((name) => ({ name, type: 'text' })), rows, rowsAffected: 0 };
}

/**
 * A driver in memory that does what the test says and writes down every call, one line each: `open`, `begin`,
 * `tx1 execute select $1 [7]`, `tx1 commit`, `close`. It also watches over the rules that core must keep towards a
 * driver, and fails the test where one is broken.
 */
export class ScriptedDriver {
  readonly log: string[] = [];
  readonly adapter: Adapter;
  /** What `open` was given, each time. */
  readonly opens: OpenOptions[] = [];
  /** What `begin` was given, each time. */
  readonly begins: { readonly options: TransactionOptions; readonly call: ExecuteOptions }[] = [];
  /** Options of every `execute`, `batch` and `stream`, in order. */
  readonly calls: ExecuteOptions[] = [];
  /** Pages of the streams that are opened next, first come first served. */
  readonly streams: (readonly RawPage[])[] = [];

  readonly #answers: { readonly line: string; readonly answer: Answer }[] = [];
  readonly #violations: string[] = [];
  readonly #batch: boolean;
  readonly #connection: Scope = { prefix: '', busy: 0 };
  #underWay = 0;
  #transactions = 0;
  #closed = false;

  constructor({ dialect = 'postgres', batch = false, traits }: ScriptOptions = {}) {
    this.#batch = batch;
    this.adapter = {
      specVersion: 1,
      name: 'scripted',
      traits: {
        dialect,
        transactions: true,
        isolationLevels: ['read committed', 'serializable'],
        streams: 'incremental',
        interleavedStreams: true,
        serverCancel: false,
        readers: false,
        ...traits,
      },
      open: (options) => {
        this.opens.push(options);
        return this.#called('open', options.signal, undefined, () => this.#driver());
      },
    };
    onTestFinished(() => expect(this.#violations).toEqual([]));
  }

  /** The next call whose line begins so is answered with this. */
  answer(line: string, answer: unknown): void {
    this.#answers.push({ line, answer: () => answer });
  }

  /** The next `times` calls whose line begins so fail. */
  fail(line: string, error: unknown, times = 1): void {
    for (let count = 0; count < times; count++) this.#answers.push({ line, answer: () => Promise.reject(error) });
  }

  /** The next call whose line begins so throws instead of rejecting. */
  throwAtOnce(line: string, error: unknown): void {
    this.#answers.push({
      line,
      answer: () => {
        throw error;
      },
    });
  }

  /**
   * The next call whose line begins so waits for the test. Aborted, it settles at once with the outcome `unknown`, as
   * drivers must; a `deaf` one does not.
   */
  hold(line: string, { deaf = false } = {}): Held {
    const reached = Promise.withResolvers<void>();
    const settled = Promise.withResolvers<unknown>();
    settled.promise.catch(() => {});
    let seen: AbortSignal | undefined;
    const answer: Answer = (signal) => {
      seen = signal;
      reached.resolve();
      const onAbort = () => settled.reject(interrupted(signal as AbortSignal, 'unknown'));
      if (!deaf) signal?.addEventListener('abort', onAbort);
      return settled.promise;
    };
    this.#answers.push({ line, answer });
    return {
      reached: reached.promise,
      get signal() {
        return seen;
      },
      resolve: (value) => settled.resolve(value),
      reject: (error) => settled.reject(error),
    };
  }

  /** The log from here on. */
  forget(): void {
    this.log.length = 0;
  }

  #driver(): Driver {
    const { transactions, streams } = this.adapter.traits;
    const driver: Driver = {
      ...this.#session(this.#connection, streams),
      close: () => this.#close(),
    };
    if (transactions) driver.begin = (options, call) => this.#begin(options, call);
    return driver;
  }

  #begin(options: TransactionOptions, call: ExecuteOptions): Promise<DriverTransaction> {
    this.begins.push({ options, call });
    const scope: Scope = { prefix: `tx${++this.#transactions} `, busy: 0 };
    return this.#called('begin', call.signal, undefined, () => {}).then(() => ({
      ...this.#session(scope, this.adapter.traits.streams),
      commit: ({ signal }) => this.#end('commit', signal, scope),
      rollback: () => this.#end('rollback', undefined, scope),
    }));
  }

  #end(how: string, signal: AbortSignal | undefined, scope: Scope): Promise<void> {
    const ending = this.#called(scope.prefix + how, signal, scope, () => {});
    scope.ended = how;
    return ending;
  }

  #session(scope: Scope, streams: Traits['streams']): Pick<Driver, 'execute' | 'batch' | 'stream'> {
    const session: Pick<Driver, 'execute' | 'batch' | 'stream'> = {
      execute: (statement, options) => {
        this.calls.push(options);
        return this.#called(`${scope.prefix}execute ${written(statement)}`, options.signal, scope, () => table([]));
      },
    };
    if (this.#batch) {
      session.batch = (statements, options) => {
        this.calls.push(options);
        const line = `${scope.prefix}batch ${statements.map(written).join('; ')}`;
        return this.#called(line, options.signal, scope, () => statements.map(() => table([])));
      };
    }
    if (streams === 'incremental') session.stream = (statement, options) => this.#stream(statement, options, scope);
    return session;
  }

  /** Like an async generator: `return` waits for the fetch that is under way. */
  #stream(statement: Statement, options: StreamPageOptions, scope: Scope): AsyncIterable<RawPage> {
    const { signal } = options;
    this.calls.push(options);
    this.log.push(`${scope.prefix}stream ${written(statement)}`);
    // Copies: core takes the rows of a page apart.
    const pages = (this.streams.shift() ?? [table(['a'])]).map((page) => ({ ...page, rows: [...page.rows] }));
    let fetching: Promise<unknown> = Promise.resolve();
    const next = () => {
      const fetched = this.#called<RawPage | undefined>(`${scope.prefix}fetch`, signal, scope, () => pages.shift());
      fetching = fetched.catch(() => {});
      return fetched.then(
        (value): IteratorResult<RawPage, undefined> =>
          value === undefined ? { done: true, value } : { done: false, value },
      );
    };
    const release = async () => {
      await this.#called(`${scope.prefix}return`, undefined, scope, () => fetching, signal);
      return { done: true as const, value: undefined };
    };
    return { [Symbol.asyncIterator]: () => ({ next, return: release }) };
  }

  async #close(): Promise<void> {
    if (this.#underWay > 0) this.#violations.push(`close while ${this.#underWay} calls are under way`);
    const closing = this.#called('close', undefined, undefined, () => {});
    this.#closed = true;
    return closing;
  }

  /** Not async: what an answer throws at once is thrown at once. After an abort of `limit` core need not wait for it. */
  #called<T>(
    line: string,
    signal: AbortSignal | undefined,
    scope: Scope | undefined,
    usual: () => T | Promise<T>,
    limit: AbortSignal | undefined = signal,
  ): Promise<T> {
    this.log.push(line);
    if (this.#closed) this.#violations.push(`${line}, after close`);
    if (scope?.ended !== undefined) this.#violations.push(`${line}, after ${scope.ended}`);
    if (scope !== undefined && scope !== this.#connection && scope.busy > 0) {
      this.#violations.push(`${line}, while another call is under way`);
    }
    const index = this.#answers.findIndex((each) => line.startsWith(each.line));
    if (index < 0 && signal?.aborted) return Promise.reject(interrupted(signal, 'not-applied'));
    const answer = index < 0 ? usual : this.#answers.splice(index, 1)[0]?.answer;
    return this.#watched(answer?.(signal) as T | Promise<T>, limit, scope);
  }

  /** Counts a call as under way until it settles or is aborted: core does not wait for deaf drivers. */
  async #watched<T>(work: T | Promise<T>, limit: AbortSignal | undefined, scope: Scope | undefined): Promise<T> {
    let counted = true;
    this.#underWay += 1;
    if (scope) scope.busy += 1;
    const leave = () => {
      if (!counted) return;
      counted = false;
      this.#underWay -= 1;
      if (scope) scope.busy -= 1;
    };
    if (limit?.aborted) leave();
    limit?.addEventListener('abort', leave);
    try {
      return await work;
    } finally {
      leave();
      limit?.removeEventListener('abort', leave);
    }
  }
}

function written({ text, params }: Statement): string {
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value);
  return params.length === 0 ? text : `${text} ${JSON.stringify(params, plain)}`;
}
