import type { ValueOptions } from '@sqlport/dialect';
import { commitsByItself, isPostgresError, postgresRefused } from './postgres-error.ts';
import { type PostgresMessage, PostgresReply } from './postgres-reply.ts';

/**
 * The reply to one statement out of all the messages that answered it, for wires that deliver them at once. Throws the
 * error for an ErrorResponse among them, and what {@link PostgresReply.read} throws.
 */
export function replyOf(messages: readonly PostgresMessage[], text: string, values: ValueOptions): PostgresReply {
  // Before the rows: what cannot be decoded of them says `applied`, and an error may have come after them.
  const refusal = messages.find(isPostgresError);
  if (refusal !== undefined) throw postgresRefused(refusal, commitsByItself(text));
  const reply = new PostgresReply(values);
  for (const message of messages) reply.read(message);
  return reply;
}
