import type { RDSDataClient } from '@aws-sdk/client-rds-data';
import { interrupted } from '@sqlport/core/spi';

/** The part of `RDSDataClient` that is used. */
export type Client = Pick<RDSDataClient, 'send' | 'config'>;

/** A command of the AWS SDK. */
interface Command {
  readonly middlewareStack: object;
}

/** Makes commands of one kind. */
export type CommandClass<I extends object> = new (input: I) => Command;

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

/** One call. With a client of our own it travels with its input, through middleware that all calls share. */
const CALL = Symbol('call');

interface Call {
  /** Whether the request may have left. */
  sent: boolean;
}

interface Input {
  readonly [CALL]?: Call;
}

type Handler = (args: { readonly input: Input }) => Promise<object>;

interface MiddlewareStack {
  add(middleware: (next: Handler) => Handler, options: object): void;
}

/** In the place of the SDK's own retries, which repeat what may have been applied. */
const WITHOUT_RETRIES = { name: 'retryMiddleware', step: 'finalizeRequest', priority: 'high', override: true };
/** Behind everything that can fail before the request leaves: credentials, endpoint, signature. */
const LAST_STEP = { name: 'sqlportSent', step: 'deserialize', priority: 'low' };

function sendOnly(middlewareStack: object, callOf: (input: Input) => Call): void {
  const stack = middlewareStack as MiddlewareStack;
  stack.add((next) => next, WITHOUT_RETRIES);
  stack.add(
    (next) => (args) => {
      callOf(args.input).sent = true;
      return next(args);
    },
    LAST_STEP,
  );
}

const readied = new WeakSet<Client>();

/** Readies a client that sends nothing but by {@link sendOnce}; it may keep its middleware from call to call. */
export function ready(client: RDSDataClient): RDSDataClient {
  sendOnly(client.middlewareStack, (input) => input[CALL]!);
  readied.add(client);
  return client;
}

/**
 * Sends a command, in one request. Throws {@link RequestFailure}, or at once what `interrupted` makes of an aborted
 * signal. With a client that is not {@link ready} the command brings the middleware: other commands are its owner's.
 */
export async function sendOnce<I extends object>(
  client: Client,
  CommandOf: CommandClass<I>,
  input: I,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  if (signal?.aborted) throw interrupted(signal, 'not-applied');
  const call: Call = { sent: false };
  const isReady = readied.has(client);
  const command = new CommandOf(isReady ? { ...input, [CALL]: call } : input);
  if (!isReady) sendOnly(command.middlewareStack, () => call);
  // Without options a client may take the middleware that it kept of another command of this kind.
  const options = signal ? { abortSignal: signal } : isReady ? undefined : {};
  try {
    return await settledOrAborted(client.send(command as never, options), signal);
  } catch (native) {
    if (signal?.aborted) throw interrupted(signal, call.sent ? 'unknown' : 'not-applied');
    throw new RequestFailure(native, call.sent);
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
