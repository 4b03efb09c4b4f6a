import { expect, it } from 'vitest';
import { check, checkFields } from '../src/spi/config.ts';

const FIELDS = {
  host: check.hostName,
  port: check.optional(check.port),
  tls: check.optional(check.oneOf('verify', 'insecure-disabled')),
  ca: check.optional(check.certificates),
  wait: check.optional(check.milliseconds),
};

const refusal = (config: unknown): unknown => {
  try {
    checkFields(config, FIELDS, 'iam-x');
    return undefined;
  } catch (error) {
    return error;
  }
};

it('accepts a right configuration, and fields that are undefined', () => {
  expect(refusal({ host: 'db.example', port: 65_535, tls: undefined })).toBeUndefined();
  expect(refusal({ host: '::1', ca: ['-----BEGIN CERTIFICATE-----'] })).toBeUndefined();
});

it.each([
  ['a missing field', {}, /"host" must be a host name/],
  ['an empty host', { host: '' }, /"host" must be/],
  ['a URL as host', { host: 'https://x' }, /"host" must be/],
  ['a port out of range', { host: 'h', port: 65_536 }, /"port" must be a whole number from 1 to 65535/],
  ['a port as text', { host: 'h', port: '5432' }, /"port"/],
  ['an unknown choice', { host: 'h', tls: 'off' }, /"tls" must be "verify" or "insecure-disabled"/],
  ['certificates that are a path', { host: 'h', ca: '/etc/ca.pem' }, /"ca" must be PEM certificates/],
  ['a null', { host: 'h', port: null }, /"port"/],
  ['an unknown field', { host: 'h', hots: 'x' }, /no field "hots".*host, port/],
  ['a configuration that is no object', 'iam-x://h', /must be an object/],
  ['an array', [], /must be an object/],
])('refuses %s with a CONFIG error that names it', (_, config, message) => {
  expect(refusal(config)).toMatchObject({ code: 'CONFIG', adapter: 'iam-x', outcome: 'not-applied' });
  expect((refusal(config) as Error).message).toMatch(message);
});

it('reads no field from the prototype', () => {
  expect(refusal(Object.create({ host: 'h' }))).toMatchObject({ code: 'CONFIG' });
});

it('never repeats a value', () => {
  expect(String(refusal({ host: 'canary@secret' }))).not.toContain('canary');
});
