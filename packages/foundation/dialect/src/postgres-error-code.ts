import type { ErrorCode } from './error-code.ts';

/** Conditions that differ from the rest of their class (PostgreSQL manual, appendix A). */
const BY_STATE: Readonly<Record<string, ErrorCode>> = {
  '08P01': 'DATABASE', // protocol_violation: nothing that another try would heal
  '25006': 'READ_ONLY', // read_only_sql_transaction
  '25P04': 'TIMEOUT', // transaction_timeout
  '40003': 'UNREACHABLE', // statement_completion_unknown
  '42501': 'PERMISSION', // insufficient_privilege
  '42P08': 'DATA', // ambiguous_parameter
  '42P18': 'DATA', // indeterminate_datatype
  '53300': 'THROTTLED', // too_many_connections
  '55P03': 'CONFLICT', // lock_not_available: NOWAIT, lock_timeout
  '57014': 'TIMEOUT', // query_canceled: statement_timeout
  '57P01': 'UNREACHABLE', // admin_shutdown
  '57P02': 'UNREACHABLE', // crash_shutdown
  '57P03': 'UNREACHABLE', // cannot_connect_now
  '57P04': 'UNREACHABLE', // database_dropped
  '57P05': 'UNREACHABLE', // idle_session_timeout
};

const BY_CLASS: Readonly<Record<string, ErrorCode>> = {
  '08': 'UNREACHABLE', // connection exception
  '0A': 'UNSUPPORTED', // feature not supported
  '20': 'DATA', // case not found
  '21': 'DATA', // cardinality violation
  '22': 'DATA', // data exception
  '23': 'CONSTRAINT', // integrity constraint violation
  '25': 'TRANSACTION', // invalid transaction state
  '28': 'AUTH', // invalid authorization specification
  '2D': 'TRANSACTION', // invalid transaction termination
  '3B': 'TRANSACTION', // savepoint exception
  '3D': 'CONFIG', // invalid catalog name: no such database
  '3F': 'SYNTAX', // invalid schema name
  '40': 'CONFLICT', // transaction rollback
  '42': 'SYNTAX', // syntax error or access rule violation
  '44': 'CONSTRAINT', // WITH CHECK OPTION violation
  '54': 'DATA', // program limit exceeded: a value or statement is too large or too deep
  '72': 'CONFLICT', // snapshot too old
};

/** What an SQLSTATE of PostgreSQL means; `DATABASE` for one that is not known. */
export function postgresErrorCode(sqlState: string): ErrorCode {
  return BY_STATE[sqlState] ?? BY_CLASS[sqlState.slice(0, 2)] ?? 'DATABASE';
}
