import type { DataServiceEndpoint } from './controls.ts';

/** An endpoint, and what the path said. */
export interface Route {
  readonly endpoint: DataServiceEndpoint;
  readonly pathParameters: ReadonlyMap<string, string>;
}

/** The endpoints of one state, draft or deployed. */
export class Routes {
  readonly #endpoints = new Map<string, DataServiceEndpoint>();

  set(endpoint: DataServiceEndpoint): void {
    this.#endpoints.set(`${endpoint.method} ${endpoint.path}`, endpoint);
  }

  /** A path without parameters goes before one that has some. */
  find(method: string, path: string): Route | undefined {
    const exact = this.#endpoints.get(`${method} ${path}`);
    if (exact) return { endpoint: exact, pathParameters: new Map() };
    for (const endpoint of this.#endpoints.values()) {
      const pathParameters = endpoint.method === method ? match(endpoint.path, path) : undefined;
      if (pathParameters) return { endpoint, pathParameters };
    }
    return undefined;
  }
}

function match(pattern: string, path: string): Map<string, string> | undefined {
  const [wanted, found] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== found.length) return undefined;
  const parameters = new Map<string, string>();
  for (const [index, part] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined && found[index] !== '') parameters.set(name, decoded(found[index]!));
    else if (part !== found[index]) return undefined;
  }
  return parameters;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
