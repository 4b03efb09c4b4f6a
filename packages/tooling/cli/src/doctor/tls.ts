import type { Socket } from 'node:net';
import { connect, type DetailedPeerCertificate, type TLSSocket } from 'node:tls';
import type { TlsPolicy } from '@sqlport/aws-auth';
import { NoTls } from '../engines/engine.ts';
import { type Check, type Finding, failed, ok, warning } from './check.ts';
import { dial, type Endpoint, PATIENCE_MS } from './network.ts';

/** How to get to a TLS handshake. */
export interface TlsCheckOptions {
  readonly endpoint: Endpoint;
  /** The name that the certificate must be for. */
  readonly name: string;
  readonly policy: Pick<TlsPolicy, 'servername' | 'checkServerIdentity' | 'secureContext'>;
  /** What the protocol wants first; nothing for TLS from the first byte. */
  readonly startTls?: (socket: Socket) => Promise<void>;
}

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;

/** Shakes hands whatever the certificate is, so that everything about it can be told. Nothing else is sent. */
export function tlsCheck(options: TlsCheckOptions): Check {
  return {
    name: 'TLS',
    needs: ['TCP'],
    async run() {
      const socket = await dial(options.endpoint);
      socket.setTimeout(PATIENCE_MS, () => socket.destroy());
      try {
        await options.startTls?.(socket);
        return judge(await shakeHands(socket, options), options);
      } catch (error) {
        if (error instanceof NoTls) {
          return failed(
            'The server does not offer TLS, and no login is sent without it.',
            'RDS and Aurora always do: check host and port, and whether a proxy or a tunnel stands in between.',
          );
        }
        return failed((error as Error).message, 'Check that host and port lead to the database itself.');
      } finally {
        socket.destroy();
      }
    },
  };
}

async function shakeHands(socket: Socket, { policy }: TlsCheckOptions): Promise<TLSSocket> {
  const secureContext = await policy.secureContext();
  return new Promise((resolve, reject) => {
    const secured = connect({
      socket,
      secureContext,
      ...(policy.servername === undefined ? {} : { servername: policy.servername }),
      rejectUnauthorized: false,
    });
    secured.once('error', (error) =>
      reject(new Error(`The TLS handshake failed (${(error as NodeJS.ErrnoException).code}).`)),
    );
    secured.once('close', () => reject(new Error('The server closed the connection during the TLS handshake.')));
    secured.once('secureConnect', () => resolve(secured));
  });
}

function judge(secured: TLSSocket, { name, policy }: TlsCheckOptions): Finding {
  const certificate = secured.getPeerCertificate(true);
  const until = new Date(certificate.valid_to);
  const day = until.toISOString().slice(0, 10);
  const daysLeft = Math.floor((until.getTime() - Date.now()) / DAY_MS);
  // The code of OpenSSL; the types promise an Error.
  const problem = secured.authorizationError as unknown as string | Error | null;
  const code = problem instanceof Error ? (problem as NodeJS.ErrnoException).code : problem;

  if (daysLeft < 0 || code === 'CERT_HAS_EXPIRED') {
    return failed(
      `The certificate has expired (${day}).`,
      'RDS: rotate the certificate of the server: `aws rds modify-db-instance --ca-certificate-identifier rds-ca-rsa2048-g1`.',
      `Or the clock of this machine is wrong: it says ${new Date().toISOString()}.`,
    );
  }
  if (policy.checkServerIdentity(name, certificate) !== undefined) {
    return failed(
      `The certificate is for ${namesOf(certificate)}, not for ${name}.`,
      'Is the host an alias or a tunnel? Give the name of the endpoint itself: --signing-host.',
      'Otherwise somebody else answers for it: check DNS and what stands in between.',
    );
  }
  if (code) {
    return failed(
      `The certificate cannot be trusted: its issuer ${issuerOf(certificate)} is not known (${code}).`,
      'A database of your own, or a local one: give the certificate of its authority: --ca <file>, or SQLPORT_CA.',
      'RDS and Aurora: set `region` to the region of the database, so that the authorities of RDS there are trusted.',
      'Otherwise somebody stands in between: do not go on.',
    );
  }
  const chain = chainOf(certificate).join(' ← ');
  const detail = `${secured.getProtocol()}, ${name} ← ${chain}, until ${day} (${daysLeft} days)`;
  const lifetime = until.getTime() - Date.parse(certificate.valid_from);
  const isOld = daysLeft < SOON_DAYS && until.getTime() - Date.now() < lifetime / 4;
  return isOld ? warning(detail, 'Have the certificate renewed before it expires.') : ok(detail);
}

function namesOf({ subjectaltname, subject }: DetailedPeerCertificate): string {
  const names = (subjectaltname ?? '').split(', ').map((each) => each.replace(/^[^:]*:/, ''));
  return names.filter(Boolean).join(', ') || String(subject?.CN ?? 'nobody');
}

const issuerOf = ({ issuer }: DetailedPeerCertificate): string => `"${issuer?.CN ?? issuer?.O ?? 'without a name'}"`;

/** The issuers, from the certificate up to the root. */
function chainOf(certificate: DetailedPeerCertificate): readonly string[] {
  const names = [issuerOf(certificate)];
  let next = certificate.issuerCertificate;
  while (next?.issuerCertificate && next !== next.issuerCertificate && names.length < 10) {
    names.push(issuerOf(next));
    next = next.issuerCertificate;
  }
  return names;
}
