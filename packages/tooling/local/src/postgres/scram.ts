import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/** One SCRAM-SHA-256 login, seen from the client. Source: RFC 5802, RFC 7677. */
export interface ScramExchange {
  readonly first: string;
  /** Answers the server's first message with the client's final one. */
  final(serverFirst: string): string;
  /** Throws unless the server has proved that it knows the password too. */
  verify(serverFinal: string): void;
}

export function scramExchange(password: string): ScramExchange {
  const nonce = randomBytes(18).toString('base64');
  // PostgreSQL takes the user name from the start-up packet and ignores the one in here.
  const firstBare = `n=,r=${nonce}`;
  let serverSignature = Buffer.alloc(0);
  return {
    first: `n,,${firstBare}`,
    final(serverFirst) {
      const fields = readFields(serverFirst);
      const serverNonce = fields.get('r') ?? '';
      if (!serverNonce.startsWith(nonce)) throw new Error('SCRAM: the server changed the nonce');
      const salt = Buffer.from(fields.get('s') ?? '', 'base64');
      const salted = pbkdf2Sync(password.normalize('NFKC'), salt, Number(fields.get('i')), 32, 'sha256');
      const clientKey = hmac(salted, 'Client Key');
      const withoutProof = `c=biws,r=${serverNonce}`;
      const authMessage = `${firstBare},${serverFirst},${withoutProof}`;
      const clientSignature = hmac(createHash('sha256').update(clientKey).digest(), authMessage);
      serverSignature = hmac(hmac(salted, 'Server Key'), authMessage);
      const proof = clientKey.map((byte, i) => byte ^ clientSignature[i]!);
      return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
    },
    verify(serverFinal) {
      const signature = Buffer.from(readFields(serverFinal).get('v') ?? '', 'base64');
      if (signature.length !== serverSignature.length || !timingSafeEqual(signature, serverSignature)) {
        throw new Error('SCRAM: the server does not know the password');
      }
    },
  };
}

const hmac = (key: Buffer, text: string): Buffer<ArrayBuffer> => createHmac('sha256', key).update(text).digest();

const readFields = (text: string): Map<string, string> =>
  new Map(text.split(',').map((field) => [field[0] ?? '', field.slice(2)]));
