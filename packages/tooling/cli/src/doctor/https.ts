import { tlsPolicy } from '@sqlport/aws-auth';
import { type Check, ok } from './check.ts';
import { dnsCheck, tcpCheck } from './network.ts';
import { tlsCheck } from './tls.ts';

/** The way to an HTTP service. Plain HTTP is for endpoints on this machine, as the adapters see to. */
export function httpsChecks(url: URL): readonly Check[] {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const endpoint = { host, port: Number(url.port) || (url.protocol === 'http:' ? 80 : 443) };
  return [dnsCheck(endpoint), tcpCheck(endpoint), url.protocol === 'http:' ? plainHttp : overTls()];

  function overTls(): Check {
    // Not an endpoint of RDS: the authorities that Node knows are asked, as the adapters do.
    const policy = tlsPolicy({ host })!;
    return tlsCheck({ endpoint, name: host, policy });
  }
}

const plainHttp: Check = {
  name: 'TLS',
  needs: ['TCP'],
  run: async () => ok('plain HTTP, which does not leave this machine'),
};
