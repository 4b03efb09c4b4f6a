import type { FaultError, TidbFault } from '@sqlport/local';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { doctor, expectFailure } from './doctor.ts';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

describe('data-api', () => {
  const api = () => fixture.local.endpoints['data-api-postgres'];
  const url = () => fixture.url('data-api-postgres');
  const anything = () => ({ accessKeyId: '*', action: '*', resource: '*' }) as const;

  afterEach(() => {
    const { policy, clusters, secrets, faults, resourceArn, secretArn } = api();
    faults.clear();
    policy.splice(0, Number.POSITIVE_INFINITY, anything());
    clusters.set(resourceArn, {});
    secrets.set(secretArn, { user: 'app' });
  });

  test('finds nothing wrong with what works', async () => {
    const { code, checks } = await doctor(fixture, url());
    expect(checks.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'configuration ok',
      'DNS ok',
      'TCP ok',
      'TLS ok',
      'credentials ok',
      'identity unknown',
      'login ok',
      'server ok',
      'time zone ok',
      'read and write ok',
      'pool ok',
    ]);
    expect(code).toBe(0);
  });

  const states: readonly [string, () => void, RegExp, RegExp?][] = [
    [
      'no policy',
      () => void api().policy.splice(0),
      /^PERMISSION: .*rds-data:ExecuteStatement/,
      /rds-data:ExecuteStatement on arn:aws:rds:/,
    ],
    [
      'no permission to read the secret',
      () => void api().policy.splice(0, 1, { ...anything(), action: 'rds-data:ExecuteStatement' }),
      /^PERMISSION: .*secretsmanager:GetSecretValue/,
      /secretsmanager:GetSecretValue on arn:aws:secretsmanager:/,
    ],
    [
      'no Data API',
      () => void api().clusters.set(api().resourceArn, { httpEndpointEnabled: false }),
      /^CONFIG: .*enable/i,
    ],
    ['no cluster', () => void api().clusters.clear(), /^CONFIG/],
    ['no instance', () => void api().clusters.set(api().resourceArn, { hasInstance: false }), /^CONFIG/],
    ['no secret', () => void api().secrets.clear(), /^AUTH: The secret cannot be used/, /The policy/],
    ['an empty secret', () => void api().secrets.set(api().secretArn, { state: 'invalid' }), /^AUTH: The secret/],
    [
      'an unreadable secret',
      () => void api().secrets.set(api().secretArn, { state: 'unreadable' }),
      /^AUTH: The secret/,
    ],
    ['a wrong password', () => void api().secrets.set(api().secretArn, { user: 'app', password: 'old' }), /^AUTH/],
  ];
  test.each(states)('advises about %s', async (_name, arrange, detail, cure) => {
    arrange();
    const { failed } = await doctor(fixture, url());
    expectFailure(failed, 'login', detail, cure);
  });

  const faults: readonly [FaultError, RegExp, RegExp?][] = [
    ['resuming', /^RESUMING/, /again in half a minute/],
    ['throttling', /^THROTTLED/, /lower `max`/],
    ['too-many-requests', /^THROTTLED/, /lower `max`/],
    ['service-unavailable', /^UNREACHABLE/, /status/],
    ['internal-error', /^(UNREACHABLE|DATABASE|INTERNAL)/],
    ['database-unavailable', /^UNREACHABLE/, /status/],
  ];
  test.each(faults)('advises about the fault %s', async (fail, detail, cure) => {
    api().faults.add({ fail });
    const { failed } = await doctor(fixture, url());
    expectFailure(failed, 'login', detail, cure);
  });

  test.each(['unread', 'before', 'mid-reply'] as const)('advises about a connection that is cut: %s', async (drop) => {
    api().faults.add({ drop });
    const { failed } = await doctor(fixture, url());
    expectFailure(failed, 'login', /^UNREACHABLE/, /failing over or stopped/);
  });

  test('advises about credentials that AWS does not know', async () => {
    const { failed } = await doctor(fixture, url(), [], { AWS_ACCESS_KEY_ID: 'AKIAUNKNOWNKEY000000' });
    expectFailure(failed, 'login', /^AUTH: AWS refused the credentials/);
  });

  test('advises about an endpoint where nobody listens', async () => {
    const { failed } = await doctor(fixture, url().replace(/%3A\d+$/, '%3A1'));
    expectFailure(failed, 'TCP', /port 1 \(ECONNREFUSED\)/, /Check the port/);
  });

  test('advises about a database that does not exist', async () => {
    const { failed } = await doctor(fixture, url().replace(/\/sqlport_\w+/, '/missing'));
    expect(failed).toMatchObject({ name: 'login' });
    expect(failed?.cures?.[0] ?? failed?.detail).toMatch(/database/i);
  });

  test('sees a secret of another region', async () => {
    const { failed } = await doctor(fixture, url().replace('secretsmanager%3Aus-east-1', 'secretsmanager%3Aeu-west-1'));
    expectFailure(failed, 'configuration', /secretsmanager:eu-west-1.* is not in us-east-1/);
  });
});

describe('tidb-serverless', () => {
  const endpoint = () => fixture.local.endpoints['tidb-serverless'];
  const url = () => fixture.url('tidb-serverless');
  afterEach(() => endpoint().clearFaults());

  test('warns of a time zone that is not UTC', async () => {
    const { time_zone: zone } = endpoint().sessionVariables;
    endpoint().sessionVariables['time_zone'] = '+09:00';
    const { checks } = await doctor(fixture, url());
    endpoint().sessionVariables['time_zone'] = zone!;
    const found = checks.find(({ name }) => name === 'time zone');
    expect(found).toMatchObject({ status: 'warning', detail: expect.stringContaining('+09:00') });
    expect(found?.cures?.[0]).toContain('cluster parameter time_zone to UTC');
  });

  test('finds nothing wrong with what works', async () => {
    const { code, checks } = await doctor(fixture, url());
    expect(checks.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'configuration ok',
      'DNS ok',
      'TCP ok',
      'TLS ok',
      'login ok',
      'server ok',
      'time zone ok',
      'read and write ok',
      'pool ok',
    ]);
    expect(code).toBe(0);
  });

  test('advises about a user who is not let in, and never shows the password', async () => {
    const { failed, output } = await doctor(fixture, url().replace('.app:', '.nobody:'));
    expectFailure(failed, 'login', /^AUTH/, /prefix of the cluster/);
    const [, password = ''] = /:([^:@]+)@/.exec(url())!;
    expect(output).not.toContain(decodeURIComponent(password));
  });

  test('advises about a database that does not exist', async () => {
    const { failed } = await doctor(fixture, url().replace(/\/sqlport_\w+/, '/sqlport_missing'));
    expectFailure(failed, 'login', /^CONFIG/, /CREATE DATABASE sqlport_missing/);
  });

  test('advises about an endpoint where nobody listens', async () => {
    const { failed } = await doctor(fixture, url(), [], {
      SQLPORT_TIDB_ENDPOINT: fixture.env['SQLPORT_TIDB_ENDPOINT']!.replace(/\d+$/, '1'),
    });
    expectFailure(failed, 'TCP', /ECONNREFUSED/);
  });

  const faults: readonly [TidbFault, RegExp][] = [
    [{ kind: 'bad-gateway' }, /^UNREACHABLE/],
    [{ kind: 'server-error', when: 'before' }, /^DATABASE/],
    [{ kind: 'redirect', to: 'https://elsewhere.example/' }, /^CONFIG: .*redirect/],
    [{ kind: 'drop', when: 'before' }, /^UNREACHABLE/],
    [{ kind: 'cut-body' }, /^UNREACHABLE/],
    [{ kind: 'no-session-header' }, /^UNREACHABLE: .*proxy/],
  ];
  test.each(faults)('tells about the fault $kind', async (fault, detail) => {
    endpoint().injectFault(fault, { times: Number.POSITIVE_INFINITY });
    const { failed } = await doctor(fixture, url());
    expectFailure(failed, 'login', detail);
  });

  test('sends the password of another cluster nowhere else', async () => {
    const before = endpoint().calls.length;
    const foreign = url()
      .replace(/\/\/[^.]+\./, '//other.')
      .replace(endpoint().host, 'nobody.invalid');
    const { failed } = await doctor(fixture, foreign);
    expectFailure(failed, 'DNS', /http-nobody\.invalid|name servers/);
    expect(endpoint().calls).toHaveLength(before);
  });

  test('refuses options that it has no use for', async () => {
    const { failed } = await doctor(fixture, url(), ['--signing-host', 'x.example']);
    expectFailure(failed, 'configuration', /no use for --signing-host/);
  });
});
