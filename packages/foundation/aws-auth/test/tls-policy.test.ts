import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { expect, test } from 'vitest';
import { type TlsPolicyOptions, tlsPolicy } from '../src/index.ts';
import { type Authority, authority } from './certificates.ts';
import { failure } from './failure.ts';

const endpoint = 'db-1.abc123xyz.us-east-1.rds.amazonaws.com';
const password = { password: 'x' };

/** Dials a real TLS server on this machine by the policy, as an adapter does. Answers 'ok', or the error's code. */
async function dial(issuer: Authority, certifiedName: string, options: TlsPolicyOptions) {
  const policy = tlsPolicy(options);
  if (policy === undefined) return 'plaintext';
  let sni: string | false | null = null;
  const server = createServer(await issuer.issue(certifiedName), (socket) => {
    sni = socket.servername;
    socket.end('hello');
  });
  server.on('tlsClientError', () => {});
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { servername, checkServerIdentity } = policy;
  const socket: TLSSocket = connect({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    ...(servername === undefined ? {} : { servername }),
    checkServerIdentity,
    secureContext: await policy.secureContext(),
  });
  try {
    await once(socket, 'data');
    return `ok ${sni}`;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  } finally {
    socket.destroy();
    server.close();
  }
}

test("the server's certificate is checked against the host", async () => {
  const ours = await authority('Ours');
  expect(await dial(ours, endpoint, { host: endpoint, ca: ours.pem })).toBe(`ok ${endpoint}`);
  expect(await dial(ours, endpoint, { host: `${endpoint.toUpperCase()}.`, ca: ours.pem })).toBe(`ok ${endpoint}`);
  expect(await dial(ours, 'other.example.com', { host: endpoint, ca: ours.pem })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
});

test('an alias is checked against signingHost, not against its own name', async () => {
  const ours = await authority('Ours');
  const alias = { host: 'db.example.com', signingHost: endpoint, ca: ours.pem };
  expect(await dial(ours, endpoint, alias)).toBe(`ok ${endpoint}`);
  expect(await dial(ours, 'db.example.com', alias)).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
});

test('a certificate of a foreign authority is refused, whatever it says', async () => {
  const [ours, foreign] = [await authority('Ours'), await authority('Foreign')];
  const refused = /^(SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+)$/;
  expect(await dial(foreign, endpoint, { host: endpoint, ca: ours.pem })).toMatch(refused);
  expect(await dial(foreign, endpoint, { host: endpoint })).toMatch(refused);
  expect(await dial(foreign, 'db.example.com', { host: 'db.example.com', auth: password })).toMatch(refused);
});

test('a server addressed by IP address gets no SNI, and is still checked', async () => {
  const ours = await authority('Ours');
  expect(tlsPolicy({ host: '10.0.0.7', ca: ours.pem })).not.toHaveProperty('servername');
  expect(await dial(ours, endpoint, { host: '10.0.0.7', ca: ours.pem })).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
});

test('the region decides whose roots are trusted, and can be set for names that have none', async () => {
  expect((await failure(() => tlsPolicy({ host: endpoint, region: 'ca-west-1' })?.secureContext())).message).toContain(
    'ca-west-1-bundle.pem',
  );
  const china = 'db-1.abc123xyz.rds.cn-north-1.amazonaws.com.cn';
  const tunnel = tlsPolicy({ host: 'localhost', signingHost: china });
  expect((await failure(() => tunnel?.secureContext())).message).toContain('cn-north-1-bundle.pem');
  const proxy = tlsPolicy({ host: 'pool.proxy-abc123xyz.ca-west-1.rds.amazonaws.com' });
  expect(await proxy?.secureContext()).toBeDefined();
  // An alias, of which only the configuration knows what it stands for.
  const alias = { host: 'db.example.com', region: 'ca-west-1', auth: password };
  expect(await tlsPolicy({ ...alias, proxy: true })?.secureContext()).toBeDefined();
  expect((await failure(() => tlsPolicy(alias)?.secureContext())).code).toBe('CONFIG');
});

test.each<[string, TlsPolicyOptions['auth'], boolean]>([
  ['127.0.0.1', password, true],
  ['db.example.com', password, true],
  ['localhost', { secretArn: 'arn' }, true],
  ['127.8.0.1', { secretArn: 'arn' }, true],
  ['[::1]', { secretArn: 'arn' }, true],
  ['/var/run/postgresql', { secretArn: 'arn' }, true],
  ['127.0.0.1.example.com', { secretArn: 'arn' }, false],
  ['db.example.com', { secretArn: 'arn' }, false],
  ['localhost', 'iam', false],
  ['localhost', undefined, false],
])("tls 'insecure-disabled' to %s with %o is allowed: %s", async (host, auth, allowed) => {
  const options: TlsPolicyOptions = { host, tls: 'insecure-disabled', ...(auth === undefined ? {} : { auth }) };
  if (allowed) expect(tlsPolicy(options)).toBeUndefined();
  else expect((await failure(() => tlsPolicy(options))).code).toBe('CONFIG');
});

test.each([false, true, 'disable', 'insecure', '', null, 0])(
  'tls %o is a CONFIG error, never plaintext',
  async (tls) => {
    const options = { host: 'localhost', tls: tls as never, auth: password };
    expect((await failure(() => tlsPolicy(options))).code).toBe('CONFIG');
  },
);
