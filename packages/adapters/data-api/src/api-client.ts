import type {
  BeginTransactionCommandOutput,
  CommitTransactionCommandOutput,
  ExecuteStatementCommandOutput,
  SqlParameter,
} from '@aws-sdk/client-rds-data';
import type { EncodedStatement } from './encode.ts';
import { IdleSockets } from './idle-sockets.ts';
import { type Client, type Command, RequestFailure, sendOnce } from './send-once.ts';

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

  constructor(client: Client, sdk: Sdk, target: RequestTarget) {
    this.#client = client;
    this.#sdk = sdk;
    this.#target = target;
    this.#owner = { resourceArn: target.resourceArn, secretArn: target.secretArn };
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
    const reply = await this.#send(() => new this.#sdk.ExecuteStatementCommand(input), signal);
    return reply as ExecuteStatementCommandOutput;
  }

  /** Runs a text with many sets of parameters, in a transaction: outside of one it is not known to be atomic. */
  async executeBatch(
    sql: string,
    parameterSets: SqlParameter[][],
    { signal, transactionId }: Pick<ExecuteCall, 'signal'> & { readonly transactionId: string },
  ): Promise<void> {
    const input = { ...this.#target, sql, parameterSets, transactionId };
    await this.#send(() => new this.#sdk.BatchExecuteStatementCommand(input), signal);
  }

  /** Resolves to the id of the transaction. */
  async begin(): Promise<string> {
    const reply = await this.#send(() => new this.#sdk.BeginTransactionCommand(this.#target));
    return (reply as BeginTransactionCommandOutput).transactionId as string;
  }

  /** Resolves to what the API says has become of the transaction. */
  async commit(transactionId: string, signal: AbortSignal | undefined): Promise<string | undefined> {
    const input = { ...this.#owner, transactionId };
    const reply = await this.#send(() => new this.#sdk.CommitTransactionCommand(input), signal);
    return (reply as CommitTransactionCommandOutput).transactionStatus;
  }

  async rollback(transactionId: string): Promise<void> {
    await this.#send(() => new this.#sdk.RollbackTransactionCommand({ ...this.#owner, transactionId }));
  }

  end(): void {
    this.#idleSockets.end();
  }

  async #send(make: () => Command, signal?: AbortSignal): Promise<unknown> {
    this.#idleSockets.drop();
    try {
      return await sendOnce(this.#client, make(), signal);
    } catch (error) {
      if (!clockWasWrong(error)) throw error;
      return sendOnce(this.#client, make(), signal);
    }
  }
}

/** How the service says that it did not even read a request, because of the time in its signature. */
const WRONG_TIME = new Set([
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'RequestExpired',
  'RequestTimeTooSkewed',
]);

/** True where the request was refused for the time in its signature, and the SDK has set its clock right meanwhile. */
function clockWasWrong(error: unknown): boolean {
  if (!(error instanceof RequestFailure)) return false;
  const { name, $metadata } = (error.native ?? {}) as { name?: string; $metadata?: { clockSkewCorrected?: boolean } };
  return $metadata?.clockSkewCorrected === true && WRONG_TIME.has(name ?? '');
}
