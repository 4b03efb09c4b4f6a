import { constants, createHash, publicEncrypt } from 'node:crypto';

/**
 * The first answer to a password question of the engine, by its authentication plugin. Sources: MySQL source
 * documentation, "Caching_sha2_password information" and "Native Authentication".
 */
export function hashPassword(plugin: string, password: string, nonce: Buffer): Buffer {
  switch (plugin) {
    case 'caching_sha2_password': {
      const once = hash('sha256', password);
      return xor(once, hash('sha256', hash('sha256', once), nonce));
    }
    case 'mysql_native_password': {
      const once = hash('sha1', password);
      return xor(once, hash('sha1', nonce, hash('sha1', once)));
    }
    default:
      throw new Error(`the engine asks for a login by ${plugin}, which sqlport local does not know`);
  }
}

/** The password for the engine's eyes only, for a `caching_sha2_password` login that its cache cannot answer. */
export function encryptPassword(password: string, nonce: Buffer, publicKeyPem: string): Buffer {
  const masked = xor(Buffer.from(`${password}\0`), nonce);
  return publicEncrypt({ key: publicKeyPem, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha1' }, masked);
}

function hash(algorithm: string, ...parts: (string | Buffer)[]): Buffer {
  const digest = createHash(algorithm);
  for (const part of parts) digest.update(part);
  return digest.digest();
}

/** Masks bytes with a key that is repeated as often as needed. */
const xor = (bytes: Buffer, key: Buffer): Buffer => Buffer.from(bytes.map((byte, i) => byte ^ key[i % key.length]!));
