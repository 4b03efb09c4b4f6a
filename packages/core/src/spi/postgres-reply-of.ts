import type { ValueOptions } from '@sqlport/dialect';
import { commitsByItself } from '../commits-by-itself.ts';
import { isPostgresError, postgresRefused } from './postgres-error.ts';
import { type PostgresMessage, PostgresReply } from './postgres-reply.ts';

/**
 * The reply to one statement out of all the messages that answered it, for wires that deliver them at once. Throws the
 * error for an ErrorResponse among them, and what {@link PostgresReply.read} throws. `inTransaction`: where no statement
 * commits by itself.
 */
export function replyOf(
  messages: readonly PostgresMessage[],
  text: string,
  values: ValueOptions,
  inTransaction = false,
): PostgresReply {
  // Before the rows: what cannot be decoded of them says `applied`, and an error may have come after them.
  const refusal = messages.find(isPostgresError);
  if (refusal !== undefined) throw postgresRefused(refusal, !inTransaction && commitsByItself(text, 'postgres'));
  const reply = new PostgresReply(values);
  for (const message of messages) reply.read(message);
  return reply;
}
