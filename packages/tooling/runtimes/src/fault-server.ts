import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FaultName, Faults, FaultySetup } from '@sqlport/conformance';
import type { Assignment, Configuration, RemoteFault } from './program/assignment.ts';

/** Faults for a program in another process. */
export interface FaultServer extends AsyncDisposable {
  readonly address: Assignment['faultServer'];
}

/** Serves faults on this machine. Those that were not ended are when it is disposed of. */
export async function serveFaults(faults: Faults<Configuration>): Promise<FaultServer> {
  const setups: FaultySetup<Configuration>[] = [];
  const answer = async (path: string): Promise<RemoteFault | null> => {
    const [name, method] = path.split('/') as [string, string?];
    if (method === undefined) {
      const setup = await faults[name as FaultName]!();
      return { id: setups.push(setup) - 1, configuration: setup.adapter };
    }
    await setups[Number(name)]![method as 'cut' | 'end']?.();
    return null;
  };
  const server = createServer((request, response) => {
    answer(request.url!.slice(1)).then(
      (body) => response.end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: { url: `http://127.0.0.1:${port}`, names: Object.keys(faults) as FaultName[] },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      for (const setup of setups) await setup.end?.();
    },
  };
}
