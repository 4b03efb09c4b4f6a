import type { Connection, Dialect, Queryable, QueryOptions } from '@sqlport/core';
import { sql } from '@sqlport/core';
import type { CaseContext } from '../context.ts';

/** A statement that runs for half a minute unless somebody stops it. `mark` makes it findable; see {@link isRunning}. */
export function longStatement(dialect: Dialect, mark: string): string {
  return dialect === 'postgres' ? `select pg_sleep(30) as ${mark}` : `select sleep(30) as ${mark}`;
}

/** Whether a statement whose text holds `mark` runs on the server now. */
export async function isRunning(db: Connection, mark: string): Promise<boolean> {
  // The pattern is put together on the server, so that this statement does not find itself.
  const [head, tail] = [mark.slice(0, 1), mark.slice(1)];
  const { rows } =
    db.dialect === 'postgres'
      ? await db.query(
          "select 1 from pg_stat_activity where state = 'active' and query like '%' || $1::text || $2::text || '%'",
          [head, tail],
        )
      : await db.query("select 1 from information_schema.processlist where info like concat('%', ?, ?, '%')", [
          head,
          tail,
        ]);
  return rows.length > 0;
}

/** The server's id of the session that runs the statement. */
export async function sessionOf(queryable: Queryable, dialect: Dialect, options?: QueryOptions): Promise<number> {
  const { id } = await queryable.one<{ id: number }>(
    dialect === 'postgres' ? sql`select pg_backend_pid() as id` : sql`select connection_id() as id`,
    options,
  );
  return id;
}

/** Ends a session of the same user, and waits until it is gone. */
export async function endSession(db: Connection, id: number): Promise<void> {
  if (db.dialect === 'postgres') await db.query(sql`select pg_terminate_backend(${id}::int, 5000)`);
  else await db.query(`kill ${Math.trunc(id)}`);
}

/** How many sessions are in the database, that of the question included. */
export async function sessionCount(db: Connection): Promise<number> {
  const { count } = await db.one<{ count: number }>(
    db.dialect === 'postgres'
      ? sql`select count(*) as count from pg_stat_activity where datname = current_database()`
      : sql`select count(*) as count from information_schema.processlist where db = database()`,
  );
  return count;
}

/** The number of rows of a table. */
export async function countOf(queryable: Queryable, table: string): Promise<number> {
  const { count } = await queryable.one<{ count: number }>(sql`select count(*) as count from ${sql.identifier(table)}`);
  return count;
}

/** One column of a table, ordered by it. */
export async function columnOf(queryable: Queryable, table: string, column: string): Promise<unknown[]> {
  const name = sql.identifier(column);
  const { rows } = await queryable.values(sql`select ${name} from ${sql.identifier(table)} order by ${name}`);
  return rows.map(([value]) => value);
}

/** Creates a procedure without parameters and answers its name. `body` is what stands behind the parentheses. */
export async function procedureOf({ db, name, afterwards }: CaseContext, body: string): Promise<string> {
  const procedure = name();
  afterwards(`drop procedure if exists ${procedure}`);
  await db.query(`create procedure ${procedure}() ${body}`);
  return procedure;
}

/** A FROM clause that answers the numbers 1 to `count`, in order, as column `n`. */
export function numbers(dialect: Dialect, count: number): string {
  return dialect === 'postgres'
    ? `generate_series(1, ${count}) as numbers(n)`
    : `json_table(concat('[0', repeat(',0', ${count - 1}), ']'), '$[*]' columns (n for ordinality)) as numbers`;
}
