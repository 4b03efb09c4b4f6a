/** Runs in every runtime: imports nothing but packages, and uses what the web has. */
import { cases, type Faults, openTarget, type Target, type TargetModule } from '@sqlport/conformance';
import type { Adapter } from '@sqlport/core/spi';
import type { Answer, Assignment, Configuration, RemoteFault } from './assignment.ts';

/** What an adapter's package exports. */
export type Module = Pick<TargetModule, 'adapter' | 'fromUrl'>;

/** Runs the cases of an assignment, one after another. */
export async function runCases(module: Module, assignment: Assignment): Promise<Answer> {
  const { name, dialect, wire, urlsNameServers, configuration } = assignment;
  const adapterOf = (given: Configuration): Adapter => module.adapter(configOf(given) as never);
  const target: Target = {
    name,
    dialect,
    wire,
    divergences: assignment.divergences ?? {},
    secrets: assignment.secrets ?? [],
    adapter: () => adapterOf(configuration),
    module: { ...module, config: configOf(configuration), urlsNameServers },
    faults: remoteFaults(assignment.faultServer, adapterOf),
  };
  const opened = await openTarget(target);
  const results: Answer['results'][number][] = [];
  for (const each of cases) {
    if (!(assignment.only?.includes(each.id) ?? each.dialects === undefined)) continue;
    const { id, status, reason } = await opened.run(each);
    results.push({ id, status, ...(reason !== undefined && { reason }) });
  }
  await opened[Symbol.asyncDispose]();
  return { userAgent: navigator.userAgent, results };
}

function configOf({ fields, fetchPort }: Configuration): object {
  if (fetchPort === undefined) return fields;
  const origin = `http://127.0.0.1:${fetchPort}`;
  return { ...fields, fetch: (url: string, init: RequestInit) => fetch(origin + new URL(url).pathname, init) };
}

/** Faults that are brought about elsewhere. */
function remoteFaults(
  { url, names }: Assignment['faultServer'],
  adapterOf: (configuration: Configuration) => Adapter,
): Faults {
  const post = async (path: string): Promise<unknown> => {
    const response = await fetch(`${url}/${path}`, { method: 'POST' });
    if (!response.ok) throw new Error(`${path}: ${await response.text()}`);
    return response.json();
  };
  return Object.fromEntries(
    names.map((name) => [
      name,
      async () => {
        const { id, configuration } = (await post(name)) as RemoteFault;
        return {
          adapter: adapterOf(configuration),
          cut: () => post(`${id}/cut`) as Promise<never>,
          end: () => post(`${id}/end`) as Promise<never>,
        };
      },
    ]),
  );
}
