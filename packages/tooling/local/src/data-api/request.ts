import { ServiceError, validation } from './errors.ts';
import { isStructure, parseJson } from './json.ts';
import { type Parameter, readParameters } from './parameters.ts';

/** The operations, by their paths. `ExecuteSql` is there to be refused. */
export const operations = {
  Execute: 'ExecuteStatement',
  BatchExecute: 'BatchExecuteStatement',
  BeginTransaction: 'BeginTransaction',
  CommitTransaction: 'CommitTransaction',
  RollbackTransaction: 'RollbackTransaction',
  ExecuteSql: 'ExecuteSql',
} as const;

export type DataApiOperation = (typeof operations)[keyof typeof operations];

/** All but what is refused as such. */
export type ServedOperation = Exclude<DataApiOperation, 'ExecuteSql'>;

export interface ResultSetOptions {
  readonly decimals: 'STRING' | 'DOUBLE_OR_LONG';
  readonly longs: 'LONG' | 'STRING';
}

/** A request, its members checked by the model's rules. Members that an operation does not have are never looked at. */
export interface DataApiRequest {
  readonly resourceArn: string;
  readonly secretArn: string;
  readonly database: string | undefined;
  readonly transactionId: string | undefined;
  readonly sql: string;
  readonly parameters: readonly Parameter[];
  readonly parameterSets: readonly (readonly Parameter[])[];
  readonly includeResultMetadata: boolean;
  readonly continueAfterTimeout: boolean;
  readonly resultSetOptions: ResultSetOptions;
  readonly formatRecordsAs: 'NONE' | 'JSON';
}

/** What the model demands of the members, besides their types. */
const lengths = {
  resourceArn: [11, 570],
  secretArn: [11, 570],
  database: [0, 64],
  schema: [0, 64],
  transactionId: [0, 192],
} as const;

/** The members of a request's body. Throws a SerializationException when it is no JSON object. */
export function parseBody(body: string): Readonly<Record<string, unknown>> {
  let members: unknown;
  try {
    members = parseJson(body);
  } catch {
    throw new ServiceError('SerializationException', 'The request body is no valid JSON.');
  }
  if (!isStructure(members)) throw new ServiceError('SerializationException', 'Unexpected value in the request body.');
  return members;
}

/** Checks the members by the rules of the operation. Throws what the service answers. */
export function readRequest(operation: ServedOperation, members: Readonly<Record<string, unknown>>): DataApiRequest {
  const member = new Members(members);
  const ending = operation === 'CommitTransaction' || operation === 'RollbackTransaction';
  const running = operation === 'ExecuteStatement' || operation === 'BatchExecuteStatement';
  const resourceArn = member.requiredText('resourceArn');
  const secretArn = member.requiredText('secretArn');
  const sql = running ? member.requiredText('sql') : '';
  const transactionId = ending ? member.requiredText('transactionId') : running ? member.text('transactionId') : '';
  const options = new Members(member.structure('resultSetOptions'));
  const request: DataApiRequest = {
    resourceArn,
    secretArn,
    sql,
    database: member.text('database') || undefined,
    transactionId: transactionId || undefined,
    parameters: operation === 'ExecuteStatement' ? readParameters(member.list('parameters')) : [],
    parameterSets: operation === 'BatchExecuteStatement' ? member.list('parameterSets').map(readParameters) : [],
    includeResultMetadata: member.flag('includeResultMetadata'),
    continueAfterTimeout: member.flag('continueAfterTimeout'),
    resultSetOptions: {
      decimals: options.oneOf('decimalReturnType', ['STRING', 'DOUBLE_OR_LONG']),
      longs: options.oneOf('longReturnType', ['LONG', 'STRING']),
    },
    formatRecordsAs: member.oneOf('formatRecordsAs', ['NONE', 'JSON']),
  };
  if (member.text('schema')) throw validation("The schema parameter isn't supported");
  if (request.continueAfterTimeout && request.transactionId) {
    throw validation('continueAfterTimeout is not supported for a statement in a transaction');
  }
  return request;
}

/** Reads the members of one structure. */
class Members {
  readonly #members: Readonly<Record<string, unknown>>;

  constructor(members: Readonly<Record<string, unknown>>) {
    this.#members = members;
  }

  text(name: string): string | undefined {
    const value = this.#members[name] ?? undefined;
    if (value === undefined) return undefined;
    if (typeof value !== 'string') throw unexpected(name);
    const [least, most] = lengths[name as keyof typeof lengths] ?? [0, Number.POSITIVE_INFINITY];
    if (value.length > most) throw invalid(name, `have length less than or equal to ${most}`);
    if (value.length < least) throw invalid(name, `have length greater than or equal to ${least}`);
    return value;
  }

  requiredText(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw invalid(name, 'not be null');
    return value;
  }

  flag(name: string): boolean {
    const value = this.#members[name] ?? false;
    if (typeof value !== 'boolean') throw unexpected(name);
    return value;
  }

  /** The first choice is the default. */
  oneOf<const T extends string>(name: string, choices: readonly [T, ...T[]]): T {
    const value = this.#members[name] ?? choices[0];
    if (!choices.includes(value as T)) throw invalid(name, `satisfy enum value set: [${choices.join(', ')}]`);
    return value as T;
  }

  list(name: string): readonly unknown[] {
    const value = this.#members[name] ?? [];
    if (!Array.isArray(value)) throw unexpected(name);
    return value;
  }

  structure(name: string): Readonly<Record<string, unknown>> {
    const value = this.#members[name] ?? {};
    if (!isStructure(value)) throw unexpected(name);
    return value;
  }
}

const unexpected = (name: string): ServiceError =>
  new ServiceError('SerializationException', `The member '${name}' is of an unexpected type.`);

const invalid = (name: string, constraint: string): ServiceError =>
  validation(`1 validation error detected: Value at '${name}' failed to satisfy constraint: Member must ${constraint}`);
