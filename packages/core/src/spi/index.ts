export type { Dialect, ErrorCode, Statement, ValueOptions } from '@sqlport/dialect';
export { commitsByItself, commitsTransaction } from '../commits-by-itself.ts';
export type { ConnectorErrorDetails, Constraint, Outcome } from '../errors.ts';
export { ConnectorError, isConnectorError } from '../errors.ts';
export { pause } from '../interruption.ts';
export { ISOLATION_LEVELS, type IsolationLevel, type Route, type TransactionOptions } from '../options.ts';
export type { Column } from '../result.ts';
export { type Adapter, BASIC_TRAITS, type OpenOptions, type Traits } from './adapter.ts';
export type { AdapterFactory, AdapterModule } from './adapter-module.ts';
export { check, checkFields, type FieldCheck, fieldError } from './config.ts';
export type {
  Driver,
  DriverTransaction,
  ExecuteOptions,
  RawPage,
  RawResult,
  Session,
  StreamPageOptions,
} from './driver.ts';
export { interrupted } from './interrupted.ts';
export { loadPackage } from './load-package.ts';
export { serverRefused } from './server-refused.ts';
export { type Reliance, ServerSettings } from './server-settings.ts';
export { applied, fromSqlTextError } from './sql-text-error.ts';
export { untilAborted } from './until-aborted.ts';
export { parseUrl, type UrlFormat, type UrlParts } from './url.ts';
export { withOutcome } from './with-outcome.ts';
export { within } from './within.ts';
