import { unreadable } from './request-error.ts';

/** What the server answers to a statement that it ran. */
export interface Reply {
  readonly types: readonly { readonly name: string; readonly type: string }[];
  /** Each cell is a string or null, of whatever type. */
  readonly rows: readonly (readonly unknown[])[];
  readonly rowsAffected: number;
  /** Undefined where the statement generated none. */
  readonly insertId: bigint | undefined;
}

/** Reads a body as it came: the driver keys types by name, and loses columns of the same name. Throws `UNREACHABLE`, unknown. */
export function readReply(body: string): Reply {
  const parsed = objectIn(body);
  const types = parsed.types ?? [];
  const rows = parsed.rows ?? [];
  const rowsAffected = parsed.rowsAffected ?? 0;
  const id = parsed.sLastInsertID ?? '0';
  // With a message it is an error, whatever its status says. A number would have lost digits of an id.
  const isReply =
    !Object.hasOwn(parsed, 'message') &&
    Array.isArray(types) &&
    types.every(isField) &&
    Array.isArray(rows) &&
    isCount(rowsAffected) &&
    typeof id === 'string' &&
    /^\d*$/.test(id);
  if (!isReply) throw unreadable('JSON of another shape', body);
  return { types, rows, rowsAffected, insertId: BigInt(id) || undefined };
}

function isField(field: unknown): field is Reply['types'][number] {
  const { name, type } = Object(field) as { name?: unknown; type?: unknown };
  return typeof name === 'string' && typeof type === 'string';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function objectIn(body: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw unreadable('no JSON', body);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw unreadable('JSON of another shape', body);
  return parsed as Record<string, unknown>;
}
