import { ConnectorError } from './errors.ts';
import type { Column, Row } from './result.ts';
import type { StandardResult, StandardSchema } from './sql/standard-schema.ts';

/** Makes a function that turns one row array into an object. The last of several columns of one name wins. */
export function rowMaker(columns: readonly Column[]): (values: readonly unknown[]) => Row {
  const names = columns.map((column) => column.name);
  const plain = !names.includes('__proto__');
  return (values) => {
    const row: Row = {};
    for (let index = 0; index < names.length; index++) {
      const name = names[index] as string;
      if (plain) row[name] = values[index];
      // Assigning to __proto__ would set the prototype instead of a property.
      else
        Object.defineProperty(row, name, {
          value: values[index],
          enumerable: true,
          configurable: true,
          writable: true,
        });
    }
    return row;
  };
}

/** The row as a schema sees it. Throws `DATA`, outcome `applied`, that names the fields and never their values. */
export async function validated<R>(row: Row, schema: StandardSchema<R>): Promise<R> {
  let result: StandardResult<R>;
  try {
    result = await schema['~standard'].validate(row);
  } catch (cause) {
    throw new ConnectorError('DATA', 'The schema given to sql.typed failed on a row.', { outcome: 'applied', cause });
  }
  if (result.issues === undefined) return result.value;
  const fields = result.issues.map(({ path }) =>
    (path ?? []).map((step) => String(typeof step === 'object' ? step.key : step)).join('.'),
  );
  throw new ConnectorError(
    'DATA',
    `A row does not match the schema given to sql.typed (${[...new Set(fields)].filter(Boolean).join(', ') || 'the row itself'}).`,
    { outcome: 'applied' },
  );
}
