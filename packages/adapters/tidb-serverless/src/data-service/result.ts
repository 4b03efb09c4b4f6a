import { unreadable } from '../request-error.ts';
import { failedEndpoint } from './error.ts';

export interface DataServiceColumn {
  readonly name: string;
  /** TiDB's name, upper case: `BIGINT`, `VARCHAR`. */
  readonly type: string;
  readonly nullable: boolean;
}

/** What an endpoint answered; of several statements, the last one's result. */
export interface DataServiceResult<R> {
  /** As the Data Service writes them: mostly strings, also for numbers. They are not decoded. */
  readonly rows: readonly R[];
  readonly columns: readonly DataServiceColumn[];
  readonly rowsAffected: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Reads an answer of status 2xx, which may all the same be an error. Throws `UNREACHABLE`, unknown, where it is no answer. */
export function resultOf<R>(body: string): DataServiceResult<R> {
  const { columns, rows, result } = fieldsOf(fieldsOf(parsed(body)).data);
  const { code, message, row_affect } = fieldsOf(result);
  if (code === undefined) throw unreadable('JSON of another shape', body);
  if (code !== 200 && code !== '200') throw failedEndpoint(code, message);
  const fields: unknown = columns ?? [];
  const all: unknown = rows ?? [];
  const rowsAffected = Number(row_affect ?? 0);
  if (!Array.isArray(fields) || !fields.every(isColumn) || !Array.isArray(all) || !(rowsAffected >= 0)) {
    throw unreadable('JSON of another shape', body);
  }
  return {
    rows: all as readonly R[],
    columns: fields.map(({ col, data_type, nullable }) => ({
      name: col,
      type: data_type,
      nullable: nullable === true,
    })),
    rowsAffected,
  };
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw unreadable('no JSON', body);
  }
}

/** The members of an object; of anything else none. */
function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function isColumn(column: unknown): column is { readonly col: string; readonly data_type: string; nullable: unknown } {
  const { col, data_type } = fieldsOf(column);
  return typeof col === 'string' && typeof data_type === 'string';
}
