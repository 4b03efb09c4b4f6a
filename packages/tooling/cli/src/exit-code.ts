import { type ErrorCode, isConnectorError } from '@sqlport/core/spi';

/** What the program ends with; the README lists the same. */
export const EXIT = {
  done: 0,
  /** The database refused the statement, or a check of `doctor` failed. */
  failed: 1,
  /** The command was given wrong: arguments, URL, configuration. */
  usage: 2,
  /** Nobody answered, or not in time; trying again may help. */
  unreachable: 3,
  /** A login or a permission was refused. */
  refused: 4,
  interrupted: 130,
} as const;

const BY_CODE: Partial<Record<ErrorCode, number>> = {
  CONFIG: EXIT.usage,
  UNSUPPORTED: EXIT.usage,
  UNREACHABLE: EXIT.unreachable,
  RESUMING: EXIT.unreachable,
  THROTTLED: EXIT.unreachable,
  TIMEOUT: EXIT.unreachable,
  AUTH: EXIT.refused,
  PERMISSION: EXIT.refused,
  ABORTED: EXIT.interrupted,
};

/** The exit code for what a command threw. */
export function exitCodeOf(error: unknown): number {
  return isConnectorError(error) ? (BY_CODE[error.code] ?? EXIT.failed) : EXIT.failed;
}
