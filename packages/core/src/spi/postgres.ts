/** What adapters of PostgreSQL share: replies of its protocol, errors and transactions. */
export {
  isPostgresError,
  type PostgresError,
  postgresDetails,
  postgresRefused,
} from './postgres-error.ts';
export { decodeRow, type Layout, layoutOf, NO_COLUMNS, type PostgresField } from './postgres-layout.ts';
export { type PostgresMessage, PostgresReply } from './postgres-reply.ts';
export { replyOf } from './postgres-reply-of.ts';
export { beginText, checkCommitted } from './postgres-transaction.ts';
