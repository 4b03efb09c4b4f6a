import type pg from 'pg';
import type { ColumnMetadata } from '../session.ts';
import type { PostgresField } from './query.ts';
import { type KnownType, knownType, userType } from './types.ts';

/** What the server's catalogue says of a type. */
export interface CatalogueType {
  readonly name: string;
  /** For an array, its elements' type. */
  readonly element: string | undefined;
  readonly isEnum: boolean;
}

/** A column of a result, with all that is needed to read its values. */
export interface PostgresColumn {
  readonly field: PostgresField;
  readonly type: CatalogueType;
  readonly known: KnownType;
}

interface TypeRow {
  readonly oid: string;
  readonly name: string;
  readonly element: string | null;
  readonly kind: string;
}

const typesQuery = `
  select t.oid::text as oid, t.typname::text as name, e.typname::text as element, t.typtype::text as kind
  from pg_catalog.pg_type t
  left join pg_catalog.pg_type e on e.typarray = t.oid`;

/** The types that come with the server, which are the same for all its sessions. */
const firstUserType = 16_384;

/** Looks up types by their number; those that come with the server are asked for once. */
export class TypeCatalogue {
  #builtIn: Promise<ReadonlyMap<number, CatalogueType>> | undefined;

  async columns(client: pg.Client, fields: readonly PostgresField[]): Promise<readonly PostgresColumn[]> {
    this.#builtIn ??= this.#ask(client, `where t.oid < ${firstUserType} and t.typrelid = 0`);
    const builtIn = await this.#builtIn.catch((error) => {
      this.#builtIn = undefined;
      throw error;
    });
    const others = [...new Set(fields.map((field) => field.dataTypeID))].filter((oid) => !builtIn.has(oid));
    const found = others.length ? await this.#ask(client, `where t.oid in (${others.join()})`) : builtIn;
    return fields.map((field) => {
      const type = builtIn.get(field.dataTypeID) ?? found.get(field.dataTypeID) ?? unknownType;
      // A user's own type may have the name of one that comes with the server.
      const isBuiltIn = field.dataTypeID < firstUserType;
      return { field, type, known: isBuiltIn ? knownType(type.element ?? type.name) : userType };
    });
  }

  async #ask(client: pg.Client, where: string): Promise<ReadonlyMap<number, CatalogueType>> {
    const { rows } = await client.query<TypeRow>(`${typesQuery} ${where}`);
    return new Map(
      rows.map(({ oid, name, element, kind }) => [
        Number(oid),
        { name, element: element ?? undefined, isEnum: kind === 'e' },
      ]),
    );
  }
}

const unknownType: CatalogueType = { name: 'unknown', element: undefined, isEnum: false };

interface SourceRow {
  readonly table: string;
  readonly schema: string;
  readonly required: boolean;
  readonly serial: boolean;
  readonly identity: boolean;
}

const arrayCode = 2003;
const serialNames: Readonly<Record<string, string>> = { int2: 'smallserial', int4: 'serial', int8: 'bigserial' };

/** `columnMetadata` as pgjdbc would have it; asks the server where a column comes from. */
export async function describeColumns(
  client: pg.Client,
  columns: readonly PostgresColumn[],
): Promise<readonly ColumnMetadata[]> {
  const sources = await findSources(
    client,
    columns.map(({ field }) => field),
  );
  return columns.map(({ field, type, known }): ColumnMetadata => {
    const source = sources.get(sourceKey(field));
    const code = type.isEnum ? 12 : known.code;
    const [precision, scale] = sizes(field.dataTypeModifier, type.element ?? type.name, known);
    return {
      arrayBaseColumnType: type.element === undefined ? 0 : code,
      isAutoIncrement: source !== undefined && (source.serial || source.identity),
      isCaseSensitive: known.caseSensitive ?? true,
      isCurrency: type.name === 'money' && known.read === 'unsupported',
      isSigned: known.signed ?? false,
      label: field.name,
      name: field.name,
      nullable: source === undefined ? 2 : source.required ? 0 : 1,
      precision,
      scale,
      schemaName: source?.schema ?? '',
      tableName: source?.table ?? '',
      type: type.element === undefined ? code : arrayCode,
      typeName: (source?.serial && serialNames[type.name]) || type.name,
    };
  });
}

const sourceKey = ({ tableID, columnID }: PostgresField): string => `${tableID}.${columnID}`;

async function findSources(
  client: pg.Client,
  fields: readonly PostgresField[],
): Promise<ReadonlyMap<string, SourceRow>> {
  const keys = [...new Set(fields.filter(({ tableID, columnID }) => tableID && columnID).map(sourceKey))];
  if (keys.length === 0) return new Map();
  const { rows } = await client.query<SourceRow & { key: string }>(
    `select a.attrelid::text || '.' || a.attnum::text as key, c.relname::text as "table", n.nspname::text as schema,
       a.attnotnull as required, a.attidentity <> '' as identity,
       coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid) like 'nextval(%', false) as serial
     from pg_catalog.pg_attribute a
     join pg_catalog.pg_class c on c.oid = a.attrelid
     join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid::text || '.' || a.attnum::text = any ($1::text[])
       and a.attrelid = any ($2::oid[])`,
    [keys, keys.map((key) => key.split('.')[0])],
  );
  return new Map(rows.map((row) => [row.key, row]));
}

/** Precision and scale, from the type's modifier where it has one. */
function sizes(modifier: number, name: string, known: KnownType): [number, number] {
  const given = modifier >= 0;
  if (name === 'numeric') return given ? [((modifier - 4) >> 16) & 0xffff, (modifier - 4) & 0x7ff] : [0, 0];
  if (given && (name === 'varchar' || name === 'bpchar')) return [modifier - 4, 0];
  const scale = known.scale ?? 0;
  return [known.precision ?? 0, given && /^time/.test(name) ? modifier : scale];
}
