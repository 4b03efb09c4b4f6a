/** Leads requests for the endpoint's own host names to its port; everything else is refused. */
export interface LocalFetchSettings {
  readonly hosts: readonly string[];
  readonly port: number;
  /** Told every host that was asked for and refused. */
  readonly onRefusal: (host: string) => void;
}

const redirectStatus = new Set([301, 302, 303, 307, 308]);
const mostRedirects = 20;

/**
 * A `fetch` with the global one's signature. Only https URLs of the given hosts lead anywhere; redirects are followed
 * under the same rule, unless `init.redirect` says otherwise.
 */
export function localFetch(settings: LocalFetchSettings): typeof fetch {
  return async (input, init) => {
    // Before anything can leave the machine.
    let request = new Request(input, init);
    const mode = request.redirect;
    for (let hop = 0; hop <= mostRedirects; hop++) {
      const url = new URL(request.url);
      if (url.protocol !== 'https:' || url.port !== '' || !settings.hosts.includes(url.hostname)) {
        settings.onRefusal(url.host);
        throw new TypeError('fetch failed', {
          cause: new Error(`The local endpoint answers for ${settings.hosts.join(', ')} only, by https.`),
        });
      }
      const local = `http://127.0.0.1:${settings.port}${url.pathname}${url.search}`;
      const again = request.clone();
      const response = await fetch(new Request(local, request), { redirect: 'manual' });
      const location = response.headers.get('location');
      if (!redirectStatus.has(response.status) || location === null || mode === 'manual') return response;
      await response.body?.cancel();
      if (mode === 'error') throw new TypeError('fetch failed', { cause: new Error('unexpected redirect') });
      request = redirected(again, response.status, new URL(location, request.url));
    }
    throw new TypeError('fetch failed', { cause: new Error('redirect count exceeded') });
  };
}

/** As the Fetch standard: 303 and a POST's 301 and 302 become GET; another origin gets no credentials. */
function redirected(request: Request, status: number, url: URL): Request {
  const becomesGet = status === 303 || ((status === 301 || status === 302) && request.method === 'POST');
  const headers = new Headers(request.headers);
  if (url.origin !== new URL(request.url).origin) headers.delete('authorization');
  if (!becomesGet) return new Request(url, new Request(request, { headers }));
  headers.delete('content-type');
  return new Request(url, { headers, signal: request.signal });
}
