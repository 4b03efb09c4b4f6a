/**
 * A program of its own, for Node: hosts a Worker in workerd, by Miniflare. Reads a {@link Hosting}, one line of JSON,
 * from its standard input, writes the replies as one, and ends with its input; see `child.ts`.
 */
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

/** A Worker, and what to ask it. */
export interface Hosting {
  /** The installed package `miniflare`. */
  readonly miniflare: string;
  /** Its text, with everything in it. */
  readonly script: string;
  readonly compatibilityDate: string;
  readonly compatibilityFlags: readonly string[];
  readonly bindings: Readonly<Record<string, string>>;
  /** Where requests to a host go: ports of this machine. Left out: the Worker's requests go where it says. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly requests: readonly { readonly path: string; readonly method: string; readonly body?: string }[];
}

/** What the Worker replied. */
export interface Reply {
  readonly status: number;
  readonly body: string;
}

/** The slice of Miniflare that is used. */
interface Miniflare {
  new (
    options: object,
  ): {
    dispatchFetch(url: string, init: object): Promise<Response>;
    dispose(): Promise<void>;
  };
}

const input = createInterface({ input: process.stdin });
let worker: InstanceType<Miniflare> | undefined;
input.once('close', async () => {
  await worker?.dispose();
  process.exit();
});
input.once('line', async (line) => {
  const { miniflare, script, ports, requests, ...options }: Hosting = JSON.parse(line);
  const { Miniflare, fetch: send } = (await import(pathToFileURL(`${miniflare}/dist/src/index.js`).href)) as {
    Miniflare: Miniflare;
    fetch: (url: string, init: unknown) => Promise<Response>;
  };
  worker = new Miniflare({
    ...options,
    modules: [{ type: 'ESModule', path: 'worker.mjs', contents: script }],
    ...(ports && {
      outboundService(request: Request) {
        const { hostname, pathname } = new URL(request.url);
        const port = ports[hostname];
        if (port === undefined) throw new Error(`The Worker asks ${hostname}.`);
        return send(`http://127.0.0.1:${port}${pathname}`, request);
      },
    }),
  });
  const replies: Reply[] = [];
  for (const { path, ...init } of requests) {
    const response = await worker.dispatchFetch(`http://worker.example${path}`, init);
    replies.push({ status: response.status, body: await response.text() });
  }
  process.stdout.write(`${JSON.stringify(replies)}\n`);
});
