import { isConnectorError } from '@sqlport/core/spi';
import { databaseError, meansLostLink } from './database-error.ts';
import { isServiceReply, lostReply, notSent } from './lost-reply.ts';
import { RequestFailure } from './send-once.ts';
import { serviceError } from './service-error.ts';

/**
 * What was asked for, which decides what an error says about it.
 * - `statement`: committed by itself; `procedure`: the same, in parts of which only the last one may have failed;
 * - `transaction`: a statement in a transaction, which is lost with it; `stream`: in one that only we hold;
 * - `begin`: nothing was done yet; `commit`.
 */
export type Place = 'statement' | 'procedure' | 'transaction' | 'stream' | 'begin' | 'commit';

/** What the AWS SDK threw, and where. */
export interface Failure {
  readonly native: unknown;
  /** Of an exception of the service: its own words, or the database's. */
  readonly message: string;
  readonly place: Place;
  readonly engine: 'mysql' | 'postgres';
}

/** Exceptions whose message may be the database's own. */
const MAY_QUOTE_DATABASE = new Set(['DatabaseErrorException', 'BadRequestException', 'StatementTimeoutException']);

/** The error for what {@link RequestFailure} says went wrong. A `ConnectorError` is returned as it is. */
export function apiError(error: unknown, place: Place, engine: 'mysql' | 'postgres'): unknown {
  if (isConnectorError(error) || !(error instanceof RequestFailure)) return error;
  const { native, sent } = error;
  const { name = '', message = '' } = (native ?? {}) as { name?: string; message?: string };
  const failure: Failure = { native, message, place, engine };
  if (!isServiceReply(native)) return sent ? lostReply(failure) : notSent(failure);
  const database = MAY_QUOTE_DATABASE.has(name) ? databaseError(failure) : undefined;
  if (database !== undefined && meansLostLink(database)) return lostReply(failure);
  return database ?? serviceError(name, failure) ?? lostReply(failure);
}
