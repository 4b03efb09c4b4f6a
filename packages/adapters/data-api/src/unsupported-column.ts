import { ConnectorError, isConnectorError } from '@sqlport/core/spi';
import { planOf } from '@sqlport/dialect';
import type { DriverContext } from './driver.ts';
import type { EncodedStatement } from './encode.ts';

/** Types of PostgreSQL that the API does not return. */
const UNRETURNABLE = new Set(
  'interval money xml char regclass regtype regproc point line lseg box path polygon circle'.split(' '),
);

/** Statements that can be asked about without running them. */
const QUERIES = new Set(['select', 'values', 'table']);

/**
 * Throws `error` again; where it says that the API cannot return the result, with the names of the columns that are to
 * blame. That takes one more request, which runs nothing.
 */
export async function namingColumns(
  error: unknown,
  statement: EncodedStatement,
  context: DriverContext,
): Promise<never> {
  // With a state it is the database's own error.
  if (!isConnectorError(error) || error.code !== 'UNSUPPORTED' || error.sqlState !== undefined) throw error;
  if (context.engine !== 'postgres' || !QUERIES.has(statement.verb)) throw error;
  // Of arrays nothing but the values tells how many dimensions they have.
  const isUnreturnable = /multi-?dimensional/i.test(error.serverMessage ?? '')
    ? (type: string) => type.startsWith('_')
    : (type: string) => UNRETURNABLE.has(type.replace(/^_/, ''));
  const described = await describedColumns(statement, context).catch(() => []);
  const columns = described.filter(({ type }) => isUnreturnable(type));
  if (columns.length === 0) throw error;
  const { outcome, serverMessage, cause } = error;
  throw new ConnectorError(
    'UNSUPPORTED',
    `The Data API cannot return ${columns.map(({ name, type }) => `column "${name}" of type ${type}`).join(', ')}: cast to text, as in "${columns[0]!.name}"::text.`,
    { outcome, cause, ...(serverMessage !== undefined && { serverMessage }) },
  );
}

async function describedColumns(
  { text, parameters }: EncodedStatement,
  { api }: DriverContext,
): Promise<readonly { readonly name: string; readonly type: string }[]> {
  const { start, end } = planOf(text, 'postgres').bounds[0]!;
  // A new line ends a comment at the end of the statement.
  const described = `SELECT * FROM (${text.slice(start, end)}\n) AS sqlport_described LIMIT 0`;
  const { columnMetadata = [] } = await api.execute({ text: described, ...(parameters && { parameters }) }, {});
  return columnMetadata.map(({ label, name, typeName = '' }) => ({ name: label ?? name ?? '', type: typeName }));
}
