import type {
  BeginTransactionCommandOutput,
  CommitTransactionCommandOutput,
  ExecuteStatementCommandOutput,
  SqlParameter,
} from '@aws-sdk/client-rds-data';
import type { EncodedStatement } from './encode.ts';
import { IdleSockets } from './idle-sockets.ts';
import { type Client, type CommandClass, RequestFailure, sendOnce } from './send-once.ts';
import { Turns } from './turns.ts';

/** The commands of `@aws-sdk/client-rds-data`. */
export type Sdk = Pick<
  typeof import('@aws-sdk/client-rds-data'),
  | 'BatchExecuteStatementCommand'
  | 'BeginTransactionCommand'
  | 'CommitTransactionCommand'
  | 'ExecuteStatementCommand'
  | 'RollbackTransactionCommand'
>;

/** Whom every request is for. */
export interface RequestTarget {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string;
}

export interface ExecuteCall {
  readonly signal?: AbortSignal | undefined;
  readonly transactionId?: string | undefined;
  /** See the API reference: the statement goes on when the call has timed out. Not in a transaction. */
  readonly continueAfterTimeout?: boolean;
}

/** The operations of the Data API, one HTTP request each. They throw what {@link sendOnce} throws. */
export class ApiClient {
  readonly #client: Client;
  readonly #sdk: Sdk;
  readonly #target: RequestTarget;
  readonly #owner: Pick<RequestTarget, 'resourceArn' | 'secretArn'>;
  readonly #idleSockets: IdleSockets;
  readonly #turns: Turns | undefined;
  #ended = false;

  /** `max`: most requests at a time, those that end a transaction not counted. */
  constructor(client: Client, sdk: Sdk, target: RequestTarget, max: number | undefined) {
    this.#client = client;
    this.#sdk = sdk;
    this.#target = target;
    this.#owner = { resourceArn: target.resourceArn, secretArn: target.secretArn };
    this.#turns = max === undefined ? undefined : new Turns(max);
    this.#idleSockets = new IdleSockets(client.config?.requestHandler);
  }

  async execute(
    { text, parameters }: Pick<EncodedStatement, 'text' | 'parameters'>,
    call: ExecuteCall,
  ): Promise<ExecuteStatementCommandOutput> {
    const { signal, transactionId, continueAfterTimeout } = call;
    const input = {
      ...this.#target,
      sql: text,
      ...(parameters && { parameters: [...parameters] }),
      includeResultMetadata: true,
      // Numbers in JSON are read as doubles: text keeps all digits.
      resultSetOptions: { longReturnType: 'STRING', decimalReturnType: 'STRING' } as const,
      ...(transactionId === undefined ? {} : { transactionId }),
      ...(continueAfterTimeout ? { continueAfterTimeout } : {}),
    };
    const reply = await this.#inTurn(this.#sdk.ExecuteStatementCommand, input, signal);
    return reply as ExecuteStatementCommandOutput;
  }

  /** Runs a text with many sets of parameters, in a transaction: outside of one it is not known to be atomic. */
  async executeBatch(
    sql: string,
    parameterSets: SqlParameter[][],
    { signal, transactionId }: Pick<ExecuteCall, 'signal'> & { readonly transactionId: string },
  ): Promise<void> {
    const input = { ...this.#target, sql, parameterSets, transactionId };
    await this.#inTurn(this.#sdk.BatchExecuteStatementCommand, input, signal);
  }

  /** Resolves to the id of the transaction. */
  async begin(): Promise<string> {
    const reply = await this.#inTurn(this.#sdk.BeginTransactionCommand, this.#target, undefined);
    return (reply as BeginTransactionCommandOutput).transactionId as string;
  }

  /** Resolves to what the API says has become of the transaction. */
  async commit(transactionId: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const input = { ...this.#owner, transactionId };
    const reply = await this.#send(this.#sdk.CommitTransactionCommand, input, signal);
    return (reply as CommitTransactionCommandOutput).transactionStatus;
  }

  async rollback(transactionId: string): Promise<void> {
    await this.#send(this.#sdk.RollbackTransactionCommand, { ...this.#owner, transactionId });
  }

  /** Whether {@link end} was called: whoever repeats requests behind callers' backs stops then. */
  get ended(): boolean {
    return this.#ended;
  }

  end(): void {
    this.#ended = true;
    this.#idleSockets.end();
  }

  /** As {@link #send}, when fewer than `max` are under way. Those that end a transaction do not wait: others wait for its locks. */
  async #inTurn<Input extends object>(
    CommandOf: CommandClass<Input>,
    input: Input,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    await this.#turns?.begin(signal);
    try {
      return await this.#send(CommandOf, input, signal);
    } finally {
      this.#turns?.end();
    }
  }

  async #send<Input extends object>(
    CommandOf: CommandClass<Input>,
    input: Input,
    signal?: AbortSignal,
  ): Promise<unknown> {
    this.#idleSockets.drop();
    const offset = this.#clockOffset;
    try {
      return await sendOnce(this.#client, CommandOf, input, signal);
    } catch (error) {
      // The SDK sets its clock by every reply.
      const isClockSet = Math.abs(this.#clockOffset - offset) > CLOCK_NOISE_MS;
      if (!isClockSet || !isRefusedForTime(error)) throw error;
      return await sendOnce(this.#client, CommandOf, input, signal);
    } finally {
      if (!this.#ended) this.#idleSockets.watch();
    }
  }

  /** By how many ms the service is ahead of this machine, as the SDK knows it. */
  get #clockOffset(): number {
    return this.#client.config?.systemClockOffset ?? 0;
  }
}

/** Far more than a reply takes, and far less than the service puts up with. */
const CLOCK_NOISE_MS = 60_000;

/** How the service says that it did not even read a request, because of the time in its signature. */
const WRONG_TIME = new Set([
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'RequestExpired',
  'RequestTimeTooSkewed',
]);

function isRefusedForTime(error: unknown): boolean {
  return error instanceof RequestFailure && WRONG_TIME.has((error.native as { name?: string } | null)?.name ?? '');
}
