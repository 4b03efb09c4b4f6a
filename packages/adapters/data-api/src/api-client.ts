import type {
  BeginTransactionCommandOutput,
  CommitTransactionCommandOutput,
  ExecuteStatementCommandOutput,
} from '@aws-sdk/client-rds-data';
import { ConnectorError } from '@sqlport/core/spi';
import { IdleSockets } from './idle-sockets.ts';
import { type Client, type Command, RequestFailure, sendOnce } from './send-once.ts';

/** The commands of `@aws-sdk/client-rds-data`. */
export type Sdk = Pick<
  typeof import('@aws-sdk/client-rds-data'),
  'BeginTransactionCommand' | 'CommitTransactionCommand' | 'ExecuteStatementCommand' | 'RollbackTransactionCommand'
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

/** The API's limit, in bytes of the whole request, and what is in it beside the statement, at the most. */
const MAX_REQUEST_BYTES = 4 * 1024 * 1024;
const OTHER_MEMBERS_BYTES = 4_096;

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

  async execute(sql: string, call: ExecuteCall): Promise<ExecuteStatementCommandOutput> {
    const { signal, transactionId, continueAfterTimeout } = call;
    checkSize(sql);
    const input = {
      ...this.#target,
      sql,
      includeResultMetadata: true,
      // Numbers in JSON are read as doubles: text keeps all digits.
      resultSetOptions: { longReturnType: 'STRING', decimalReturnType: 'STRING' },
      ...(transactionId === undefined ? {} : { transactionId }),
      ...(continueAfterTimeout ? { continueAfterTimeout } : {}),
    } as const;
    const reply = await this.#send(() => new this.#sdk.ExecuteStatementCommand(input), signal);
    return reply as ExecuteStatementCommandOutput;
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

/** Spares a request that the API would refuse with a text that names no cure. */
function checkSize(sql: string): void {
  const room = MAX_REQUEST_BYTES - OTHER_MEMBERS_BYTES;
  // A UTF-16 unit takes 6 bytes in JSON at the most, as \u001f.
  if (sql.length * 6 <= room) return;
  const bytes = new TextEncoder().encode(JSON.stringify(sql)).length;
  if (bytes <= room) return;
  throw new ConnectorError(
    'DATA',
    `The statement with its parameters takes ${bytes} bytes; the Data API accepts ${room} in a request. Send less at once.`,
  );
}
