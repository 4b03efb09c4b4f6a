import type { Connection, Sql } from '@sqlport/core';
import { isConnectorError } from '@sqlport/core/spi';

/** What an adapter answered: a result, or an error. */
export type Said = Readonly<Record<string, unknown>> & {
  readonly sqlState?: string | undefined;
  readonly code?: string;
  readonly outcome?: string;
};

/** Everything an adapter says of a statement. */
export async function saidOf(db: Connection, statement: Sql): Promise<Said> {
  return said(async () => {
    const { columns, rows, rowsAffected, insertId } = await db.values(statement);
    return { columns: columns.map(({ name, type }) => [name, typeOf(type)]), rows, rowsAffected, insertId };
  });
}

/** What is said of any work. */
export async function said(work: () => Promise<Said>): Promise<Said> {
  try {
    return await work();
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    const { code, sqlState, errno, outcome, constraint } = error;
    const { kind, name, table } = constraint ?? {};
    return { code, sqlState, errno, outcome, kind, name, table };
  }
}

/** Types that are the database's own have no names over TCP. */
function typeOf(type: string): string {
  return /^oid:|^_?(?:mood|positive|t)$/.test(type) ? 'own' : type;
}
