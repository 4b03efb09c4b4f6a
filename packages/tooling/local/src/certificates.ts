import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type GeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  GeneralName as Name,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  type X509Certificate,
  X509CertificateGenerator,
} from '@peculiar/x509';

const hour = 3_600_000;
const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/** A server's certificate and private key, both PEM. */
interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate authority that lives in memory only, made afresh by every start. */
export interface CertificateAuthority {
  /** The authority's own certificate, PEM: what clients are given as `ca`. */
  readonly pem: string;
  /**
   * Issues a server certificate.
   *
   * @param hosts every host name and IP address the certificate is good for
   * @param validity 'expired' gives one that ended an hour ago; default 'valid', good for a day
   */
  issue(hosts: readonly string[], validity?: 'valid' | 'expired'): Promise<ServerCertificate>;
}

/** Makes an authority with a fresh P-256 key; a few milliseconds. */
export async function createAuthority(commonName: string): Promise<CertificateAuthority> {
  const keys = await newKeys();
  const root = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [commonName] }],
    notBefore: new Date(Date.now() - 48 * hour),
    notAfter: new Date(Date.now() + 24 * hour),
    signingAlgorithm: keyAlgorithm,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    pem: `${root.toString('pem')}\n`,
    issue: (hosts, validity = 'valid') => issueLeaf(root, keys.privateKey, hosts, validity),
  };
}

async function issueLeaf(
  root: X509Certificate,
  signingKey: webcrypto.CryptoKey,
  hosts: readonly string[],
  validity: 'valid' | 'expired',
): Promise<ServerCertificate> {
  const keys = await newKeys();
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [hosts[0] ?? 'localhost'] }],
    issuer: root.subjectName,
    notBefore: new Date(Date.now() - 24 * hour),
    notAfter: new Date(Date.now() + (validity === 'valid' ? 24 * hour : -hour)),
    signingAlgorithm: keyAlgorithm,
    signingKey,
    publicKey: keys.publicKey,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(hosts.map(toGeneralName)),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(root),
    ],
  });
  const key = PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return { cert: certificate.toString('pem'), key };
}

const newKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);

const toGeneralName = (host: string): GeneralName => new Name(isIP(host) ? 'ip' : 'dns', host);
