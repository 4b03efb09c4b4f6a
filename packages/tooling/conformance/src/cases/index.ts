import type { Case } from '../case.ts';
import { abort } from './abort.ts';
import { badInput } from './bad-input.ts';
import { batch } from './batch.ts';
import { concurrency } from './concurrency.ts';
import { configuration } from './configuration.ts';
import { connecting } from './connecting.ts';
import { errors } from './errors.ts';
import { errorsMysql } from './errors-mysql.ts';
import { errorsPostgres } from './errors-postgres.ts';
import { errorsUnseen } from './errors-unseen.ts';
import { injection } from './injection.ts';
import { isolation } from './isolation.ts';
import { lifeCycle } from './life-cycle.ts';
import { misusedHelpers } from './misused-helpers.ts';
import { placeholders } from './placeholders.ts';
import { placeholdersByDialect } from './placeholders-by-dialect.ts';
import { query } from './query.ts';
import { queryByDialect } from './query-by-dialect.ts';
import { readers } from './readers.ts';
import { savepoints } from './savepoints.ts';
import { streams } from './streams.ts';
import { streamsEnded } from './streams-ended.ts';
import { transactions } from './transactions.ts';
import { transactionsRefused } from './transactions-refused.ts';
import { valuesIn } from './values-in.ts';
import { valuesInMysql } from './values-in-mysql.ts';
import { valuesInPostgres } from './values-in-postgres.ts';
import { valuesOutMysql } from './values-out-mysql.ts';
import { valuesOutMysqlMore } from './values-out-mysql-more.ts';
import { valuesOutPostgres } from './values-out-postgres.ts';
import { valuesOutPostgresMore } from './values-out-postgres-more.ts';

/** The whole contract. Ids are unique; every case stands for itself. */
export const cases: readonly Case[] = [
  ...query,
  ...queryByDialect,
  ...placeholders,
  ...placeholdersByDialect,
  ...valuesIn,
  ...valuesInPostgres,
  ...valuesInMysql,
  ...valuesOutPostgres,
  ...valuesOutPostgresMore,
  ...valuesOutMysql,
  ...valuesOutMysqlMore,
  ...transactions,
  ...transactionsRefused,
  ...savepoints,
  ...isolation,
  ...readers,
  ...concurrency,
  ...batch,
  ...streams,
  ...streamsEnded,
  ...abort,
  ...errors,
  ...errorsPostgres,
  ...errorsMysql,
  ...errorsUnseen,
  ...lifeCycle,
  ...badInput,
  ...misusedHelpers,
  ...configuration,
  ...connecting,
  ...injection,
];
