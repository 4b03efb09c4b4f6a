/** The constraint that a MySQL statement violated, as far as the message names it. */
export interface MysqlConstraint {
  readonly kind: 'unique' | 'foreign-key' | 'not-null' | 'check';
  readonly name?: string;
  readonly table?: string;
  readonly column?: string;
}

/** The message quotes the row's values first, which may look like anything: only its end is read. */
const DUPLICATE = /^.* for key '(?:([^.']*)\.)?(.*?)'$/s;
const FOREIGN_KEY =
  /\(`(?:[^`]|``)*`\.`((?:[^`]|``)*)`, CONSTRAINT `((?:[^`]|``)*)` FOREIGN KEY \(`((?:[^`]|``)*)`([,)])/;
const NOT_NULL = /^(?:Column|Field) '(.*)' (?:cannot be null|doesn't have a default value)$/s;
const CHECK = /^Check constraint '(.*)' is violated\.?$/s;

/**
 * Reads which constraint an error of MySQL or TiDB is about; undefined for other errors. Names are missing where the
 * message is in another language than English or, for want of privileges, does not give them.
 */
export function mysqlConstraint(errno: number, message: string): MysqlConstraint | undefined {
  switch (errno) {
    case 1022:
    case 1062:
    case 1169:
    case 1586:
    case 1859: {
      const [, table, name] = DUPLICATE.exec(message) ?? [];
      return { kind: 'unique', ...named({ table, name }) };
    }
    case 1216:
    case 1217:
    case 1451:
    case 1452: {
      const [, table, name, column, next] = FOREIGN_KEY.exec(message) ?? [];
      const fields = named({ table, name, column: next === ')' ? column : undefined });
      return { kind: 'foreign-key', ...fields };
    }
    case 1048:
    case 1364:
      return { kind: 'not-null', ...named({ column: NOT_NULL.exec(message)?.[1] }) };
    case 3819:
      return { kind: 'check', ...named({ name: CHECK.exec(message)?.[1] }) };
    default:
      return undefined;
  }
}

/** Leaves out what is not there, and undoes the doubling of backticks. */
function named(fields: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const present = Object.entries(fields).filter((field): field is [string, string] => field[1] !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, value.replaceAll('``', '`')]));
}
