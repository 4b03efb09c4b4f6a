/**
 * The process of a Lambda environment: puts local servers where the cloud would be, loads the file that was built, and
 * calls its handler for each event. The handler's own code and its environment variables are what AWS would get.
 */
import { syncBuiltinESMExports } from 'node:module';
import { Socket } from 'node:net';
import tls from 'node:tls';
import { pathToFileURL } from 'node:url';
import { type Reply, type Request, SURROUNDINGS, type Surroundings } from './messages.ts';

const { ca, file, names }: Surroundings = JSON.parse(process.env[SURROUNDINGS]!);
delete process.env[SURROUNDINGS];
lead(names);
trust(ca);
const setClockAhead = clock();

type Handler = (event: unknown, context: object) => unknown;
const { handler } = (await import(pathToFileURL(file).href)) as { handler: Handler };
let invocations = Promise.resolve();

process.on('message', (request: Request) => {
  if ('clockAheadMs' in request) setClockAhead(request.clockAheadMs);
  else invocations = invocations.then(async () => reply(await outcome(request.event)));
});
reply({ ready: true });

async function outcome(event: unknown): Promise<Reply> {
  const context = { functionName: process.env['AWS_LAMBDA_FUNCTION_NAME'], awsRequestId: crypto.randomUUID() };
  try {
    return { result: await handler(event, context) };
  } catch (error) {
    const { name, message } = error as Error;
    return { error: { name, message } };
  }
}

function reply(message: Reply): void {
  process.send!(message);
}

/** Sockets find the local endpoints under the names and ports of the cloud's. */
function lead(places: Surroundings['names']): void {
  const { connect } = Socket.prototype;
  Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
    // A port and a host; or options, which Node's own functions hand over in an array.
    const [first, host] = args;
    const options = (Array.isArray(first) ? first[0] : first) as { host?: string } | number;
    if (typeof options === 'number') {
      const place = places[String(host)];
      if (place !== undefined) args.splice(0, 2, place.port, place.host);
    } else Object.assign(options, places[options.host ?? '']);
    return connect.apply(this, args as never);
  } as Socket['connect'];
}

function trust(authority: string): void {
  const { createSecureContext } = tls;
  tls.createSecureContext = (options = {}) =>
    createSecureContext(options.ca === undefined ? options : { ...options, ca: [options.ca, authority].flat() });
  syncBuiltinESMExports();
}

/** Timers stand still while an environment is frozen, but the wall clock has moved when it wakes up. */
function clock(): (aheadMs: number) => void {
  const { Date: RealDate } = globalThis;
  let ahead = 0;
  globalThis.Date = class extends RealDate {
    constructor(...args: []) {
      super(...(args.length === 0 ? ([RealDate.now() + ahead] as unknown as []) : args));
    }
    static override now(): number {
      return RealDate.now() + ahead;
    }
  } as DateConstructor;
  return (aheadMs) => {
    ahead = aheadMs;
  };
}
