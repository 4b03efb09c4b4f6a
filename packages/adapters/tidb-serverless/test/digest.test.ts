import { expect, it } from 'vitest';
import { digestAuthorization, readChallenge } from '../src/data-service/digest.ts';

/** The example of RFC 7616, section 3.9.1. */
const NONCE = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
const CLIENT_NONCE = 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ';
const REQUEST = { method: 'GET', uri: '/dir/index.html', count: 1, user: 'Mufasa', password: 'Circle of Life' };

const challenge = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="${NONCE}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;

it.each([
  ['MD5', '8ca523f5e9506fed4657c9700eebdbec'],
  ['SHA-256', '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1'],
])('answers the challenge of the RFC with %s', (algorithm, response) => {
  const header = digestAuthorization(readChallenge(challenge(algorithm))!, REQUEST, CLIENT_NONCE);
  expect(header).toContain(`response="${response}"`);
  expect(header).toContain('qop=auth, nc=00000001');
  expect(header).toContain('opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
});

it('takes the first challenge that it can answer', () => {
  const header = `Basic realm="x", ${challenge('SHA-512-256')}, ${challenge('SHA-256')}`;
  expect(readChallenge(header)?.algorithm).toBe('SHA-256');
});

it('reads quoted commas and escapes', () => {
  expect(readChallenge('Digest realm="a \\"b\\", c", nonce="n"')).toMatchObject({ realm: 'a "b", c', nonce: 'n' });
});

it.each(['Digest foo=a/b, nonce="n"', 'Digest nonce=n+/=', 'digest nonce = "n" , qop=auth'])(
  'reads parameters in every form that is allowed: %s',
  (header) => {
    expect(readChallenge(header)?.nonce).toMatch(/^n/);
  },
);

it('answers a server of RFC 2069, which offers no qop', () => {
  const header = digestAuthorization(readChallenge('Digest realm="r", nonce="n"')!, REQUEST);
  expect(header).not.toContain('qop');
  expect(header).not.toContain('nc=');
});

it.each([
  null,
  '',
  'Basic realm="x"',
  'Digest realm="x"',
  'Digest nonce="n", qop="auth-int"',
  'Digest nonce="n", algorithm=constructor',
])('has no answer to %s', (header) => {
  expect(readChallenge(header)).toBeUndefined();
});

it('a hostile header costs no time', () => {
  const started = performance.now();
  readChallenge(`Digest ${'a=b, '.repeat(20_000)}!`);
  readChallenge(`Digest a="${'\\"'.repeat(20_000)}`);
  expect(performance.now() - started).toBeLessThan(5_000);
});
