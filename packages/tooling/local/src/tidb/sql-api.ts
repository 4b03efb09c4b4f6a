import type mysql from 'mysql2/promise';
import type { WireColumn } from './column-type.ts';
import type { EngineConnections, EngineLogin } from './engine-connections.ts';
import type { FaultsOfCall } from './faults.ts';
import { isolationRefused, refusalOf } from './refusals.ts';
import { runStatement, type StatementResult } from './run-statement.ts';
import { newToken, type Session, type Sessions } from './sessions.ts';
import {
  type ErrorBody,
  internalError,
  readSqlError,
  retryableErrors,
  ServiceError,
  type SqlError,
  sessionExpired,
  type TidbErrorForm,
  writeSqlError,
} from './sql-error.ts';

/** One request to `/v1beta/sql` whose user has been let in. */
export interface SqlCall {
  readonly sql: string;
  /** As the engine knows the user. */
  readonly login: EngineLogin;
  /** Empty: none. */
  readonly token: string;
  readonly isolation: string | undefined;
  readonly action: string | undefined;
}

export interface SqlReply {
  readonly status: number;
  /** The token of the reply; undefined: no such header. */
  readonly token: string | undefined;
  readonly body: SqlBody | ErrorBody;
}

interface SqlBody {
  readonly types?: readonly WireColumn[];
  readonly rows?: readonly (readonly (string | null)[])[];
  readonly rowsAffected: number | null;
  readonly sLastInsertID: string | null;
}

/** What about the service is uncertain, or set by its user. */
export interface TidbOptions {
  errorForm: TidbErrorForm;
  unknownSession: 'autocommit' | 'refuse';
}

const mostRows = 10_000;
/** In TiDB the snapshot is taken when the transaction begins, in MySQL only when it first reads. */
const begins = /^\s*(?:begin|start\s+transaction)\s*;?\s*$/i;
const beginWithSnapshot = 'start transaction with consistent snapshot';

/** The statements, sessions and errors of `/v1beta/sql`. */
export class SqlApi {
  readonly #connections: EngineConnections;
  readonly #sessions: Sessions;
  readonly #options: Readonly<TidbOptions>;

  constructor(connections: EngineConnections, sessions: Sessions, options: Readonly<TidbOptions>) {
    this.#connections = connections;
    this.#sessions = sessions;
    this.#options = options;
  }

  async answer(call: SqlCall, faults: FaultsOfCall): Promise<SqlReply> {
    try {
      return await this.#run(call, faults);
    } catch (error) {
      if (error instanceof ServiceError) return { status: error.status, token: undefined, body: error.body };
      const sqlError = readSqlError(error);
      if (!sqlError) throw error;
      return this.#sqlError(sqlError);
    }
  }

  async #run(call: SqlCall, faults: FaultsOfCall): Promise<SqlReply> {
    const session = await this.#sessionOf(call, faults);
    if (session?.busy) throw internalError('the session is busy with another statement');
    if (faults.get('server-error')?.when === 'before') throw serverError();
    const injected = faults.get('sql-error');
    if (injected) {
      if (session) await this.#use(session, () => session.connection.query('rollback'));
      return this.#sqlError(retryableErrors[injected.errno], session?.token);
    }
    const reply = session ? await this.#inSession(session, call) : await this.#alone(call);
    if (faults.get('server-error')?.when === 'after') throw serverError();
    return reply;
  }

  /** The session that the call continues, after what faults do to it. */
  async #sessionOf({ token, login }: SqlCall, faults: FaultsOfCall): Promise<Session | undefined> {
    if (token === '') return undefined;
    const session = this.#sessions.find(token, login.user);
    if (session === 'expired') throw sessionExpired();
    if (faults.has('expired-session')) {
      if (session) await this.#sessions.expire(session);
      throw sessionExpired();
    }
    if (session && faults.has('swap-token')) {
      await this.#sessions.drop(session);
      return undefined;
    }
    if (!session && this.#options.unknownSession === 'refuse') throw sessionExpired();
    return session;
  }

  async #inSession(session: Session, call: SqlCall): Promise<SqlReply> {
    const { token } = session;
    if (call.action === 'close') {
      this.#sessions.retire(session);
      return emptyReply(token);
    }
    try {
      const result = await this.#use(session, () => execute(session.connection, call));
      this.#sessions.afterStatement(session, result.inTransaction);
      return tableReply(result, token);
    } catch (error) {
      const sqlError = readSqlError(error);
      if (sqlError && !(error as { fatal?: boolean }).fatal) return this.#sqlError(sqlError, token);
      if (error instanceof ServiceError) throw error;
      // The connection is lost: the session has run out meanwhile, or somebody has killed it. What that undoes has
      // expired; a COMMIT that was under way may have been done, which "expired" would deny.
      const isUndecided = DECIDES.test(call.sql) && isLostUnderWay(error);
      await this.#sessions.expire(session);
      throw isUndecided ? internalError('the connection to the cluster was lost') : sessionExpired();
    }
  }

  async #use<T>(session: Session, body: () => Promise<T>): Promise<T> {
    session.busy = true;
    try {
      return await body();
    } finally {
      this.#sessions.afterStatement(session, undefined);
    }
  }

  /** Without a session: in autocommit, unless the statement itself opens a transaction, which makes a session. */
  async #alone(call: SqlCall): Promise<SqlReply> {
    if (call.action === 'close') return emptyReply(newToken());
    const { user } = call.login;
    const connection = await this.#connections.take(call.login);
    let session: Session | undefined;
    try {
      if (call.action === 'open') {
        session = this.#sessions.add(connection, user, true);
        return emptyReply(session.token);
      }
      const result = await execute(connection, call);
      if (result.inTransaction) session = this.#sessions.add(connection, user, false);
      return tableReply(result, session?.token ?? newToken());
    } finally {
      if (!session) this.#connections.release(connection);
    }
  }

  #sqlError(error: SqlError, token?: string): SqlReply {
    return { ...writeSqlError(error, this.#options.errorForm), token };
  }
}

const serverError = (): ServiceError => internalError('internal server error');

const emptyReply = (token: string): SqlReply => ({
  status: 200,
  token,
  body: { rowsAffected: null, sLastInsertID: null },
});

function tableReply({ table, rowsAffected, insertId }: StatementResult, token: string): SqlReply {
  const body = table
    ? { types: table.columns, rows: table.rows, rowsAffected: null, sLastInsertID: null }
    : { rowsAffected, sLastInsertID: String(insertId) };
  return { status: 200, token, body };
}

async function execute(connection: mysql.Connection, { sql, isolation }: SqlCall): Promise<StatementResult> {
  const refusal = refusalOf(sql);
  if (refusal) throw asEngineError(refusal);
  const opens = begins.test(sql);
  if (opens && isolation) {
    const level = isolation.toUpperCase();
    if (level !== 'READ COMMITTED' && level !== 'REPEATABLE READ') throw asEngineError(isolationRefused(isolation));
    await connection.query(`set transaction isolation level ${level}`);
  }
  const result = await runStatement(connection, opens ? beginWithSnapshot : sql);
  if (result.table && result.table.rows.length > mostRows) {
    throw internalError(`the result has more than ${mostRows} rows, please limit it`);
  }
  return result;
}

const asEngineError = ({ errno, sqlState, message }: SqlError): Error =>
  Object.assign(new Error(message), { errno, sqlState, sqlMessage: message });

/** What ends a transaction with its work done. */
const DECIDES = /^\s*commit\b/i;

/** Whether a statement was sent before the connection was lost; on one that is known to be closed nothing is. */
function isLostUnderWay(error: unknown): boolean {
  return ['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE'].includes(String((error as { code?: unknown }).code));
}
