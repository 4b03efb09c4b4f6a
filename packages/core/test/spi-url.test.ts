import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseUrl, type UrlFormat } from '../src/spi/url.ts';

const FORMAT: UrlFormat = { scheme: 'iam-pg', query: { region: 'text', max: 'integer' } };
const parse = (url: string) => parseUrl(url, FORMAT);

const refusal = (url: string): Error => {
  try {
    parse(url);
  } catch (error) {
    return error as Error;
  }
  throw new Error(`${url} was accepted`);
};

describe('a URL', () => {
  it('gives its parts, decoded, the host in lower case', () => {
    expect(parse('iam-pg://us%40er:p%2Fa%3As%2Bs@DB.Example.com:5433/my%20shop?region=eu-west-1&max=3')).toEqual({
      user: 'us@er',
      password: 'p/a:s+s',
      host: 'db.example.com',
      port: 5433,
      database: 'my shop',
      query: { region: 'eu-west-1', max: 3 },
    });
  });

  it('leaves out what is not there', () => {
    expect(parse('iam-pg://h')).toEqual({ host: 'h', query: {} });
    expect(parse('iam-pg://h/')).toEqual({ host: 'h', query: {} });
  });

  it('keeps plus signs everywhere', () => {
    expect(parse('iam-pg://a+b:c+d@h/e+f?region=g+h')).toMatchObject({
      user: 'a+b',
      password: 'c+d',
      database: 'e+f',
      query: { region: 'g+h' },
    });
  });

  it('may name an IPv6 address', () => {
    expect(parse('iam-pg://u@[::1]:5432/d')).toMatchObject({ host: '::1', port: 5432 });
  });

  it('may give an empty password', () => {
    expect(parse('iam-pg://u:@h/d')).toMatchObject({ user: 'u', password: '' });
  });
});

describe('a password that is not percent-encoded never reaches another part', () => {
  it.each(['@', '/', ':', '?', '#', '[', ']', ' ', '%', '%zz', '"', '\\', '\n', 'é'])('with %j in it', (character) => {
    for (const password of [`ca${character}nary`, `1${character}nary`, `nary${character}`, `${character}nary`]) {
      const error = refusal(`iam-pg://user:${password}@host/db`);
      expect(error).toMatchObject({ code: 'CONFIG', adapter: 'iam-pg' });
      expect(inspect(error) + JSON.stringify(error)).not.toContain('nary');
    }
  });
});

it.each([
  ['another scheme', 'postgres://u@h/d', /must look like iam-pg:/],
  ['no host', 'iam-pg:///d', /must look like/],
  ['no text at all', '', /must look like/],
  ['two path segments', 'iam-pg://h/a/b', /must look like/],
  ['a fragment', 'iam-pg://h/d#x', /must look like/],
  ['an unknown key', 'iam-pg://h/d?regoin=x', /unknown query key "regoin".*region, max/],
  ['a key of Object.prototype', 'iam-pg://h/d?constructor=x', /unknown query key/],
  ['a key given twice', 'iam-pg://h/d?max=1&max=2', /gives "max" twice/],
  ['an empty query', 'iam-pg://h/d?&', /unknown query key/],
  ['a number that is none', 'iam-pg://h/d?max=1e3', /whole number for "max"/],
  ['broken UTF-8', 'iam-pg://%ff@h/d', /user name that is not percent-encoded/],
])('refuses %s', (_, url, message) => {
  expect(refusal(url)).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
  expect(refusal(url).message).toMatch(message);
});
