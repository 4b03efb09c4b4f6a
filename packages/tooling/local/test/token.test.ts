import { describe, expect, test } from 'vitest';
import { type TokenExpectation, verifyToken } from '../src/token.ts';
import { sign, type Target } from './sign.ts';

const target = {
  host: 'shop.cluster-abc123.eu-central-1.rds.amazonaws.com',
  port: 5432,
  user: 'app',
  region: 'eu-central-1',
  credentials: { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret/with+signs' },
} satisfies Target;
const minute = 60_000;

const make = (changes: Partial<Target> = {}): Promise<string> => sign(target as never, changes);

const verify = (token: string, changes: Partial<TokenExpectation> = {}) =>
  verifyToken(token, {
    hosts: ['localhost', target.host],
    port: target.port,
    region: target.region,
    user: target.user,
    credentials: new Map([[target.credentials.accessKeyId, target.credentials]]),
    now: Date.now(),
    ...changes,
  });

const refusal = (reason: string) => ({ accepted: false, reason });

describe('a token', () => {
  test('of the AWS SDK is accepted', async () => {
    expect(verify(await make())).toEqual({ accepted: true, accessKeyId: 'AKIAEXAMPLE' });
  });

  test.each([
    ['another host', { host: 'other.eu-central-1.rds.amazonaws.com' }, 'wrong host'],
    ['another port', { port: 5433 }, 'wrong host'],
    ['another user', { user: 'admin' }, 'wrong user'],
    ['another region', { region: 'eu-west-1' }, 'wrong region'],
    ['another secret', { credentials: { ...target.credentials, secretAccessKey: 'guess' } }, 'wrong signature'],
    ['another access key', { credentials: { ...target.credentials, accessKeyId: 'AKIAOTHER' } }, 'unknown access key'],
    ['a session nobody has', { credentials: { ...target.credentials, sessionToken: 'x' } }, 'wrong session token'],
  ])('for %s is refused', async (_, changes, reason) => {
    expect(verify(await make(changes))).toEqual(refusal(reason));
  });

  test('lives for 15 minutes and not a moment longer', async () => {
    const token = await make();
    const [, ...parts] = /X-Amz-Date=(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z/.exec(token)!;
    const [year, month, ...rest] = parts.map(Number) as [number, number, number, number, number, number];
    const end = Date.UTC(year, month - 1, ...rest) + 15 * minute;
    expect(verify(token, { now: end - 1 })).toMatchObject({ accepted: true });
    expect(verify(token, { now: end })).toEqual(refusal('expired'));
  });

  test('that counts as expired, and one signed after it', async () => {
    const token = await make();
    expect(verify(token, { expiredUntil: Date.now() })).toEqual(refusal('expired'));
    expect(verify(token, { expiredUntil: Date.now() - minute })).toMatchObject({ accepted: true });
  });

  test('that asks for a longer life does not get it', async () => {
    const token = (await make()).replace('X-Amz-Expires=900', 'X-Amz-Expires=86400');
    expect(verify(token, { now: Date.now() + 16 * minute })).toEqual(refusal('expired'));
  });

  test('from a clock far ahead is refused, from one a little ahead it is not', async () => {
    const token = await make();
    expect(verify(token, { now: Date.now() - 4 * minute })).toMatchObject({ accepted: true });
    expect(verify(token, { now: Date.now() - 6 * minute })).toEqual(refusal('not yet valid'));
  });

  test('of temporary credentials needs their session token, and dies with them', async () => {
    const temporary = { ...target.credentials, sessionToken: 'a/session+token==' };
    const known = (expiresAt?: number) => ({
      credentials: new Map([[temporary.accessKeyId, expiresAt ? { ...temporary, expiresAt } : temporary]]),
    });
    expect(verify(await make({ credentials: temporary }), known())).toMatchObject({ accepted: true });
    expect(verify(await make(), known())).toEqual(refusal('wrong session token'));
    expect(verify(await make({ credentials: temporary }), known(Date.now() - 1))).toEqual(
      refusal('credentials expired'),
    );
  });

  test('keeps unusual characters of a user name', async () => {
    const user = "o'neil (ops)*+/ü";
    expect(verify(await make({ user }), { user })).toMatchObject({ accepted: true });
  });

  test.each([
    ['DBUser', 'wrong user', (token: string) => token.replace('DBUser=app', 'DBUser=admin')],
    ['service', 'wrong service', (token: string) => token.replace('%2Frds-db%2F', '%2Fs3%2F')],
    ['day of the scope', 'wrong date', (token: string) => token.replace(/%2F\d{8}%2F/, '%2F20200101%2F')],
    ['life', 'wrong signature', (token: string) => token.replace('X-Amz-Expires=900', 'X-Amz-Expires=899')],
    ['signature', 'wrong signature', (token: string) => token.replace(/Signature=.{4}/, 'Signature=0000')],
    ['a parameter added', 'wrong signature', (token: string) => `${token}&extra=1`],
  ])('changed after signing is refused: %s', async (_, reason, change) => {
    const token = await make();
    const changed = change(token);
    expect(changed).not.toBe(token);
    expect(verify(changed)).toEqual(refusal(reason));
  });

  test.each([
    ['nothing', ''],
    ['a password', 'hunter2'],
    ['a URL with its scheme', 'https://localhost:5432/?Action=connect'],
    ['no query', 'localhost:5432/'],
    ['a broken escape', 'localhost:5432/?Action=%zz'],
    ['a parameter twice', 'localhost:5432/?Action=connect&Action=connect'],
    ['no signature at all', 'localhost:5432/?Action=connect&DBUser=app'],
  ])('that is none is malformed: %s', (_, text) => {
    expect(verify(text)).toEqual(refusal('malformed'));
  });
});
