import type { RDSDataClient } from '@aws-sdk/client-rds-data';
import { interrupted } from '@sqlport/core/spi';

/** The part of `RDSDataClient` that is used. */
export type Client = Pick<RDSDataClient, 'send' | 'config'>;

/** A command of the AWS SDK, to be sent one time only: it keeps the middleware that is added to it. */
export interface Command {
  readonly middlewareStack: object;
}

/** What the AWS SDK threw, and whether the request may have left before. */
export class RequestFailure extends Error {
  readonly native: unknown;
  readonly sent: boolean;

  constructor(native: unknown, sent: boolean) {
    super('A request to the Data API failed.');
    this.native = native;
    this.sent = sent;
  }
}

type Handler = (args: object) => Promise<object>;

interface MiddlewareStack {
  add(middleware: (next: Handler) => Handler, options: object): void;
}

/** In the place of the SDK's own retries, which repeat what may have been applied. */
const WITHOUT_RETRIES = { name: 'retryMiddleware', step: 'finalizeRequest', priority: 'high', override: true };
/** Behind everything that can fail before the request leaves: credentials, endpoint, signature. */
const LAST_STEP = { name: 'sqlportSent', step: 'deserialize', priority: 'low' };

/**
 * Sends a command, in one request. Throws {@link RequestFailure}, or at once what `interrupted` makes of an aborted
 * signal.
 */
export async function sendOnce(client: Client, command: Command, signal: AbortSignal | undefined): Promise<unknown> {
  if (signal?.aborted) throw interrupted(signal, 'not-applied');
  let sent = false;
  const stack = command.middlewareStack as MiddlewareStack;
  stack.add((next) => next, WITHOUT_RETRIES);
  stack.add(
    (next) => (args) => {
      sent = true;
      return next(args);
    },
    LAST_STEP,
  );
  try {
    return await settledOrAborted(client.send(command as never, signal && { abortSignal: signal }), signal);
  } catch (native) {
    if (signal?.aborted) throw interrupted(signal, sent ? 'unknown' : 'not-applied');
    throw new RequestFailure(native, sent);
  }
}

/** As the reply does, or at once when the signal is aborted: credentials and sockets may make the SDK wait. */
function settledOrAborted<T>(reply: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return reply;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    reply.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
