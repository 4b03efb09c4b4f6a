/** The constraint that a PostgreSQL statement violated; names only where the server gave them. */
export interface PostgresConstraint {
  readonly kind: 'unique' | 'foreign-key' | 'not-null' | 'check' | 'exclusion';
  readonly name?: string;
  readonly table?: string;
  readonly column?: string;
}

/** What is named in an error, by the fields of the wire protocol. */
export interface PostgresNames {
  readonly constraint?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
}

const KINDS: Readonly<Record<string, PostgresConstraint['kind']>> = {
  '23502': 'not-null',
  '23503': 'foreign-key',
  '23505': 'unique',
  '23514': 'check',
  '23P01': 'exclusion',
};

/** The constraint that an error of PostgreSQL is about; undefined for the SQLSTATE of another error. */
export function postgresConstraint(
  sqlState: string,
  { constraint: name, table, column }: PostgresNames,
): PostgresConstraint | undefined {
  const kind = KINDS[sqlState];
  return kind && { kind, ...(name && { name }), ...(table && { table }), ...(column && { column }) };
}
