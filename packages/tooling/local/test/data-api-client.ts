import { Readable } from 'node:stream';
import {
  BatchExecuteStatementCommand,
  BeginTransactionCommand,
  CommitTransactionCommand,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  type Field,
  RDSDataClient,
  type RDSDataClientConfig,
  RollbackTransactionCommand,
  type SqlParameter,
} from '@aws-sdk/client-rds-data';
import type { DataApiConfig } from '../src/index.ts';
import { findJudge } from './service-model.ts';

const judge = await findJudge();
if ('missing' in judge) console.warn(`Replies are not checked against AWS's model: ${judge.missing}`);

/** What an error of the SDK shows. */
export interface Failure {
  readonly name: string;
  readonly status: number | undefined;
  readonly message: string;
  readonly dbConnectionId?: number;
}

export type Input = Partial<ExecuteStatementCommandInput>;

/** The unmodified SDK, without its retries, for one cluster; every reply is checked against AWS's model. */
export class DataApiClient {
  readonly sdk: RDSDataClient;
  readonly base: { resourceArn: string; secretArn: string; database?: string };

  constructor(config: DataApiConfig, changes: RDSDataClientConfig = {}) {
    const { resourceArn, secretArn, database, region, credentials, endpoint } = config;
    this.base = { resourceArn, secretArn, database };
    this.sdk = new RDSDataClient({ region, credentials, endpoint, maxAttempts: 1, ...changes });
    checkReplies(this.sdk);
  }

  async execute(sql: string, input: Input = {}) {
    const { $metadata, ...reply } = await this.sdk.send(new ExecuteStatementCommand({ ...this.base, sql, ...input }));
    return reply;
  }

  /** The rows of a statement. */
  async records(sql: string, input: Input = {}): Promise<Field[][]> {
    return (await this.execute(sql, input)).records!;
  }

  /** The only value of a statement. */
  async value(sql: string, input: Input = {}): Promise<unknown> {
    return (await this.records(sql, input))[0]![0];
  }

  async batch(sql: string, parameterSets: SqlParameter[][], input: { transactionId?: string } = {}) {
    const command = new BatchExecuteStatementCommand({ ...this.base, sql, parameterSets, ...input });
    return (await this.sdk.send(command)).updateResults;
  }

  async begin(): Promise<string> {
    return (await this.sdk.send(new BeginTransactionCommand(this.base))).transactionId!;
  }

  async commit(transactionId: string) {
    return (await this.sdk.send(new CommitTransactionCommand({ ...this.base, transactionId }))).transactionStatus;
  }

  async rollback(transactionId: string) {
    return (await this.sdk.send(new RollbackTransactionCommand({ ...this.base, transactionId }))).transactionStatus;
  }
}

/** What a call fails with; throws when it does not. */
export async function failure(call: Promise<unknown>): Promise<Failure> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('the call did not fail');
  const { name, message, $metadata, dbConnectionId } = error as Error & {
    $metadata?: { httpStatusCode?: number };
    dbConnectionId?: number;
  };
  const status = $metadata?.httpStatusCode;
  return { name, status, message, ...(dbConnectionId === undefined ? {} : { dbConnectionId }) };
}

/** Parameters from plain values: `bigint` and integers are LONGs. */
export const parameters = (values: Record<string, string | number | bigint | boolean | Uint8Array | null>) =>
  Object.entries(values).map(([name, value]): SqlParameter => ({ name, value: toField(value) }));

function toField(value: string | number | bigint | boolean | Uint8Array | null): Field {
  if (value === null) return { isNull: true };
  if (value instanceof Uint8Array) return { blobValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'bigint') return { longValue: value as unknown as number };
  return Number.isInteger(value) ? { longValue: value } : { doubleValue: value };
}

function checkReplies(sdk: RDSDataClient): void {
  if ('missing' in judge) return;
  sdk.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args);
      const response = result.response as { statusCode: number; headers: Record<string, string>; body: Readable };
      const body = Buffer.concat(await response.body.toArray());
      const operation = String(context['commandName']).replace(/Command$/, '');
      judge(operation, response.statusCode, response.headers['x-amzn-errortype'], body.toString());
      response.body = Readable.from([body], { objectMode: false });
      return result;
    },
    { step: 'deserialize', priority: 'low', name: 'checkReplies' },
  );
}
