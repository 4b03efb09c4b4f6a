/** The SQL modes of MySQL 8 and 9 as they come: strict, and with none that changes what a text means. */
const SQL_MODE = [
  'ONLY_FULL_GROUP_BY',
  'STRICT_TRANS_TABLES',
  'NO_ZERO_IN_DATE',
  'NO_ZERO_DATE',
  'ERROR_FOR_DIVISION_BY_ZERO',
  'NO_ENGINE_SUBSTITUTION',
].join();

/** In Lambda, the server ends sessions that were idle for longer: a frozen environment would hold them for hours. */
const LAMBDA_IDLE_SECONDS = 300;

/**
 * The one statement that makes a session what the contract relies on, whatever the server's defaults are: UTC, strict,
 * `utf8mb4` with the server's own collation for it, and every statement on its own.
 */
export function sessionSetup(lambda: boolean, lock?: string): string {
  const settings = ['NAMES utf8mb4', "time_zone = '+00:00'", `sql_mode = '${SQL_MODE}'`, 'autocommit = 1'];
  // A mark that another session of the same server can see, and of no other server.
  if (lock !== undefined) settings.push(`@sqlport_lock = GET_LOCK('${lock}', 0)`);
  if (lambda) settings.push(`wait_timeout = ${LAMBDA_IDLE_SECONDS}`);
  return `SET ${settings.join(', ')}`;
}
