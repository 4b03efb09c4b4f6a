import { X509Certificate } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { secureContext, trustedCertificates } from '../src/index.ts';
import { authority } from './certificates.ts';
import { failure } from './failure.ts';

const NO_FILE = '/nonexistent/ca-cert.pem';

function names(certificates: readonly string[] | undefined): string[] {
  return (certificates ?? []).map((pem) => /^CN=(.*)$/m.exec(new X509Certificate(pem).subject)?.[1] ?? '');
}

const AMAZON_ROOTS = [
  'Amazon Root CA 1',
  'Amazon Root CA 2',
  'Amazon Root CA 3',
  'Amazon Root CA 4',
  'Starfield Services Root Certificate Authority - G2',
];

test.each(['us-east-1', 'us-east-2', 'ap-northeast-1', 'ap-southeast-3', 'eu-central-2', 'me-central-1', 'af-south-1'])(
  'for %s, its own RDS roots and the Amazon roots are trusted, and nothing else',
  async (region) => {
    const certificates = await trustedCertificates({ region }, NO_FILE);
    const rds = ['ECC384', 'RSA2048', 'RSA4096'].map((key) => `Amazon RDS ${region} Root CA ${key} G1`);
    expect(names(certificates).sort()).toEqual([...rds, ...AMAZON_ROOTS].sort());
    for (const pem of certificates ?? []) {
      expect(Date.parse(new X509Certificate(pem).validTo)).toBeGreaterThan(Date.now());
    }
  },
);

test.each([
  ['il-central-1', 'https://truststore.pki.rds.amazonaws.com/il-central-1/il-central-1-bundle.pem'],
  ['ca-west-1', 'https://truststore.pki.rds.amazonaws.com/ca-west-1/ca-west-1-bundle.pem'],
  ['mx-central-1', 'https://truststore.pki.rds.amazonaws.com/mx-central-1/mx-central-1-bundle.pem'],
  ['us-gov-east-1', 'https://truststore.pki.us-gov-west-1.rds.amazonaws.com/us-gov-east-1/us-gov-east-1-bundle.pem'],
  ['cn-north-1', 'https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/cn-north-1/cn-north-1-bundle.pem'],
])('%s is a CONFIG error that says what to download, where the image has no file either', async (region, url) => {
  const error = await failure(() => trustedCertificates({ region }, NO_FILE));
  expect(error.code).toBe('CONFIG');
  expect(error.message).toContain(url);
  expect(error.message).toContain('`ca`');
});

test("in Lambda the image's own file serves a region that the package lacks, and no other region", async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sqlport-trust-'));
  try {
    const file = join(folder, 'ca-cert.pem');
    const israel = await authority('Amazon RDS il-central-1 Root CA RSA2048 G1');
    const expired = await authority('Amazon RDS il-central-1 Root CA 2019', true);
    await writeFile(
      file,
      `# roots\n${expired.pem}${israel.pem}${(await authority('Amazon RDS ca-west-1 Root CA')).pem}`,
    );
    const found = names(await trustedCertificates({ region: 'il-central-1' }, file));
    expect(found).toEqual(['Amazon RDS il-central-1 Root CA RSA2048 G1', ...AMAZON_ROOTS]);
    expect((await failure(() => trustedCertificates({ region: 'mx-central-1' }, file))).code).toBe('CONFIG');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('an RDS Proxy is trusted by the Amazon roots alone, in every region', async () => {
  expect(names(await trustedCertificates({ region: 'il-central-1', proxy: true }, NO_FILE))).toEqual(AMAZON_ROOTS);
});

test("neither ca nor region leaves Node's own roots", async () => {
  expect(await trustedCertificates({})).toBeUndefined();
});

test('ca wins; its expired certificates are left out', async () => {
  const [one, two, old] = [await authority('One'), await authority('Two'), await authority('Old', true)];
  const text = `${one.pem}${old.pem}${two.pem}`;
  expect(names(await trustedCertificates({ ca: text, region: 'us-east-1' }))).toEqual(['One', 'Two']);
  expect(names(await trustedCertificates({ ca: [two.pem, one.pem.replaceAll('\n', '\r\n')] }))).toEqual(['Two', 'One']);
});

test.each([
  ['a path', '/etc/ssl/rds.pem', 'not its path'],
  ['nothing', [], 'not its path'],
  ['a broken certificate', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'cannot be read'],
])('a ca with %s is a CONFIG error', async (_what, ca, says) => {
  const error = await failure(() => trustedCertificates({ ca }));
  expect(error.code).toBe('CONFIG');
  expect(error.message).toContain(says);
});

test('a ca with nothing but expired certificates is a CONFIG error', async () => {
  const { pem } = await authority('Old', true);
  const error = await failure(() => secureContext({ ca: pem }));
  expect(error.code).toBe('CONFIG');
  expect(error.message).toContain('expired');
});

test('a context is made once for the same certificates', async () => {
  const [one, two] = [await authority('One'), await authority('Two')];
  const context = await secureContext({ ca: one.pem });
  expect(await secureContext({ ca: [one.pem] })).toBe(context);
  expect(await secureContext({ ca: two.pem })).not.toBe(context);
  expect(await secureContext({ region: 'us-east-1' })).toBe(await secureContext({ region: 'us-east-1' }));
  expect(await secureContext({ region: 'us-east-1' })).not.toBe(await secureContext({ region: 'us-east-2' }));
  expect(await secureContext({})).not.toBe(await secureContext({ region: 'us-east-1' }));
});
