import { ServiceError, validation } from './errors.ts';
import { isStructure } from './json.ts';

const typeHints = ['DATE', 'DECIMAL', 'JSON', 'TIME', 'TIMESTAMP', 'UUID'] as const;
export type TypeHint = (typeof typeHints)[number];

/** One parameter as a client sent it: `bigint` came as a LONG, `number` as a DOUBLE. */
export interface Parameter {
  readonly name: string;
  readonly value: null | boolean | bigint | number | string | Uint8Array;
  readonly hint: TypeHint | undefined;
}

/** Reads a list of parameters. Throws what the service answers. */
export function readParameters(list: unknown): readonly Parameter[] {
  if (!Array.isArray(list)) throw unexpected();
  return list.map(readParameter);
}

function readParameter(parameter: unknown): Parameter {
  if (!isStructure(parameter)) throw unexpected();
  const { name, value, typeHint } = parameter;
  if (typeof name !== 'string' || !/^[A-Za-z0-9_]+$/.test(name)) {
    throw validation(`Named parameter syntax is invalid, input: ${typeof name === 'string' ? name : ''}`);
  }
  const hint = (typeHint ?? undefined) as TypeHint | undefined;
  if (hint !== undefined && !typeHints.includes(hint)) {
    const allowed = typeHints.join(', ');
    throw validation(
      `1 validation error detected: Value at 'typeHint' failed to satisfy constraint: Member must satisfy enum value set: [${allowed}]`,
    );
  }
  return { name, value: readField(name, value), hint };
}

function readField(name: string, field: unknown): Parameter['value'] {
  const members = isStructure(field) ? Object.entries(field).filter(([, value]) => value !== null) : [];
  if (members.length !== 1) throw validation(`Exactly one value must be given for the parameter ${name}`);
  const [member, value] = members[0]!;
  switch (member) {
    case 'isNull':
      return null;
    case 'booleanValue':
      if (typeof value === 'boolean') return value;
      break;
    case 'longValue':
      if (isLong(value)) return BigInt(value);
      break;
    case 'doubleValue':
      if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
      if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
      break;
    case 'stringValue':
      if (typeof value === 'string') return value;
      break;
    case 'blobValue':
      if (typeof value === 'string') return Buffer.from(value, 'base64');
      break;
    case 'arrayValue':
      throw validation('Array parameters are not supported');
  }
  throw unexpected();
}

const isLong = (value: unknown): value is bigint | number =>
  typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);

const unexpected = (): ServiceError =>
  new ServiceError('SerializationException', 'A parameter is of an unexpected type.');
