import { createServer } from 'node:net';
import type { CertificateKind } from '@sqlport/local';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { doctor, expectFailure } from './doctor.ts';
import { Fixture } from './fixture.ts';

const RDS_NAME = 'shop.cluster-abc123.us-east-1.rds.amazonaws.com';

let now = Date.now;
let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start({ clock: () => now() });
});
afterAll(() => fixture.stop());

describe.each(['iam-pg', 'iam-mysql2'] as const)('%s', (strategy) => {
  const gateway = () => fixture.local.endpoints[strategy];
  const url = (change: (url: string) => string = (same) => same) => change(fixture.url(strategy));

  afterEach(async () => {
    await gateway().useCertificate('valid');
    gateway().policy.splice(0, Number.POSITIVE_INFINITY, { accessKeyId: '*', user: '*', resourceId: '*' });
  });

  test('finds nothing wrong with what works', async () => {
    const { code, checks, output } = await doctor(fixture, url());
    expect(checks.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'configuration ok',
      'DNS ok',
      'TCP ok',
      'TLS ok',
      'credentials ok',
      'identity unknown',
      'token ok',
      'login ok',
      'server ok',
      'time zone ok',
      'read and write ok',
      'pool ok',
    ]);
    expect(code).toBe(0);
    expect(output).toContain(`user app at localhost:${gateway().port}, region us-east-1`);
    expect(output).not.toContain('X-Amz-Signature');
    expect(output).not.toContain(fixture.local.credentials.secretAccessKey);
    expect(output).not.toContain(fixture.local.credentials.accessKeyId);
  });

  const certificates: readonly [CertificateKind, RegExp, RegExp][] = [
    ['expired', /expired/, /rotate the certificate/],
    ['foreign-ca', /issuer "A CA that nobody knows" is not known/, /--ca <file>/],
    ['wrong-host', /is for other\.example, not for localhost/, /--signing-host/],
    ['plaintext', /does not offer TLS/, /check host and port/],
  ];
  test.each(certificates)('advises about a certificate: %s', async (kind, detail, cure) => {
    await gateway().useCertificate(kind);
    const { failed, skipped } = await doctor(fixture, url());
    expectFailure(failed, 'TLS', detail, cure);
    expect(skipped).toEqual(['login', 'server', 'time zone', 'read and write']);
  });

  test('advises about a server of another kind', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('SSH-2.0-OpenSSH_9.2\r\n'.repeat(9));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { failed } = await doctor(
      fixture,
      url((same) => same.replace(/:\d+\//, `:${port}/`)),
    );
    server.close();
    expectFailure(failed, 'TLS', /does not speak the protocol/, /lead to the database itself/);
  });

  test('tells all causes of a refused login, with what is known of them', async () => {
    gateway().policy.length = 0;
    const { failed } = await doctor(fixture, url());
    const refusal = strategy === 'iam-pg' ? /^AUTH: .*PAM authentication failed/ : /^AUTH: .*Access denied/;
    expectFailure(failed, 'login', refusal, /rds-db:connect for the user app/);
    const cures = failed!.cures!.join('\n');
    expect(cures).toMatch(strategy === 'iam-pg' ? /GRANT rds_iam TO "app"/ : /`app`@'%' .*AWSAuthenticationPlugin/);
    expect(cures).toContain('signed for us-east-1');
    expect(cures).toMatch(/this machine says \d{4}-.*; tokens are valid for 15 minutes/);
  });

  test('names the user who is not let in', async () => {
    const { failed } = await doctor(
      fixture,
      url((same) => same.replace('app@', 'nobody@')),
    );
    expectFailure(failed, 'login', /^AUTH/, /for the user nobody/);
  });

  test('advises about a database that does not exist', async () => {
    const { failed } = await doctor(
      fixture,
      url((same) => same.replace(/\/sqlport_\w+/, '/sqlport_missing')),
    );
    expectFailure(failed, 'login', /^CONFIG/, /CREATE DATABASE sqlport_missing/);
  });
});

describe('over TCP', () => {
  const url = (change: (url: string) => string = (same) => same) => change(fixture.url('iam-pg'));
  afterEach(() => {
    now = Date.now;
  });

  test('speaks to people, in colour only where that is wanted', async () => {
    const { stdout, code } = await fixture.run(['doctor', url()]);
    expect(stdout).toMatch(/^✓ configuration +strategy iam-pg.*\n✓ DNS +localhost is .*127\.0\.0\.1.* ms\n/);
    expect(stdout).toMatch(/\nAll is well\.\n$/);
    expect(code).toBe(0);
    const coloured = await fixture.run(['doctor', 'iam-pg://x'], { env: { FORCE_COLOR: '1' } });
    expect(coloured.stdout).toContain('\u001b[');
    const plain = await fixture.run(['doctor', 'iam-pg://x'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    expect(plain.stdout).not.toContain('\u001b[');
    expect(plain.stdout).toMatch(/^✗ configuration .*\n\nNot well: configuration\.\n$/);
    expect(plain.code).toBe(1);
  });

  test('advises about a port where nobody listens', async () => {
    const { failed } = await doctor(
      fixture,
      url((same) => same.replace(/:\d+\//, ':1/')),
    );
    expectFailure(failed, 'TCP', /Nothing listens on localhost, port 1 \(ECONNREFUSED\)/, /Check the port/);
  });

  test('advises about a host that does not exist', async () => {
    const { failed } = await doctor(
      fixture,
      url((same) => same.replace('localhost', 'nobody.invalid')),
    );
    expectFailure(failed, 'DNS', /no host nobody\.invalid|name servers/, /spelling|network/);
  });

  test('names the region that a token was signed for', async () => {
    const { failed } = await doctor(
      fixture,
      url((same) => same.replace('us-east-1', 'eu-west-1')),
    );
    expectFailure(failed, 'login', /^AUTH/);
    expect(failed!.cures!.join('\n')).toContain('signed for eu-west-1');
  });

  test('sees a foreign region before anything is sent, where the name of the endpoint holds one', async () => {
    const foreign = url((same) => same.replace('us-east-1', 'eu-west-1'));
    const { failed } = await doctor(fixture, foreign, ['--signing-host', RDS_NAME]);
    expectFailure(
      failed,
      'configuration',
      /signed for eu-west-1, but the endpoint is in us-east-1: leave `region` out/,
    );
    const { failed: none } = await doctor(fixture, url(), ['--signing-host', RDS_NAME]);
    expect(none).toBeUndefined();
  });

  test('shows the clock where tokens count as expired', async () => {
    now = () => Date.now() + 20 * 60_000;
    const { failed } = await doctor(fixture, url());
    expectFailure(failed, 'login', /^AUTH/);
    expect(failed!.cures!.join('\n')).toMatch(/this machine says .*; tokens are valid for 15 minutes/);
  });

  test('shows whose credentials the server did not accept', async () => {
    const { failed, checks } = await doctor(fixture, url(), [], { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWNKEY000000' });
    expectFailure(failed, 'login', /^AUTH/, /the identity above/);
    expect(checks.find(({ name }) => name === 'credentials')?.detail).toContain('AKIA…0000');
  });

  test('advises where there are no credentials', async () => {
    const { failed, skipped } = await doctor(fixture, url(), [], { AWS_ACCESS_KEY_ID: undefined });
    expectFailure(failed, 'credentials', /There are no AWS credentials/, /attach a role/);
    expect(skipped).toEqual(['identity', 'token', 'login', 'server', 'time zone', 'read and write']);
  });

  test('advises where no region is known', async () => {
    const { failed } = await doctor(
      fixture,
      url((same) => same.replace('?region=us-east-1', '')),
    );
    expectFailure(failed, 'token', /No AWS region in the host name "localhost".*set `region`/);
  });

  test('refuses a URL that cannot be read, without repeating it', async () => {
    const { failed, output } = await doctor(
      fixture,
      url((same) => same.replace('app@', 'app:hunter2#@')),
    );
    expectFailure(failed, 'configuration', /must look like/);
    expect(output).not.toContain('hunter2');
  });

  test('tells a read-only server, and where writes go', async () => {
    const { postgres } = inject('sqlportLocal');
    const admin = new pg.Client((postgres as { url: string }).url);
    await admin.connect();
    await admin.query(`alter database ${fixture.database.name} set default_transaction_read_only = on`);
    const { code, checks } = await doctor(fixture, url());
    await admin.query(`alter database ${fixture.database.name} reset default_transaction_read_only`);
    await admin.end();
    const found = checks.find(({ name }) => name === 'read and write');
    expect(found).toMatchObject({ status: 'warning', detail: 'The server is read-only.' });
    expect(found?.cures?.[0]).toContain('….cluster-…');
    expect(code).toBe(0);
  });
});
