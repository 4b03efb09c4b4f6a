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
  const { types, rows, rowsAffected, sLastInsertID } = objectIn(body);
  const fields = types ?? [];
  const cells = rows ?? [];
  const id = String(sLastInsertID ?? '0');
  if (!Array.isArray(fields) || !fields.every(isField) || !Array.isArray(cells) || !/^\d+$/.test(id)) {
    throw unreadable('JSON of another shape', body);
  }
  const insertId = BigInt(id);
  return {
    types: fields,
    rows: cells,
    rowsAffected: Number(rowsAffected ?? 0),
    insertId: insertId === 0n ? undefined : insertId,
  };
}

function isField(field: unknown): field is Reply['types'][number] {
  const { name, type } = Object(field) as { name?: unknown; type?: unknown };
  return typeof name === 'string' && typeof type === 'string';
}

function objectIn(body: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw unreadable('no JSON', body);
  }
  if (typeof parsed !== 'object' || parsed === null) throw unreadable('JSON of another shape', body);
  return parsed as Record<string, unknown>;
}
