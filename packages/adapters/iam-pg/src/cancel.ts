import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TlsPolicy } from '@sqlport/aws-auth';
import { isPostgresError } from '@sqlport/core/spi/postgres';
import { ExchangeFailure } from './exchange.ts';
import type { PhysicalConnection } from './physical-connection.ts';

/** How to reach the server of a connection beside it. */
export interface CancelAccess {
  /** How the connection itself is secured; undefined for plaintext. */
  readonly tls: TlsPolicy | undefined;
}

/** How long the server has to stop a statement, before its connection is given up. */
const STOP_TIMEOUT_MS = 3_000;

/**
 * Stops what runs on a connection whose caller has gone. Resolves to true once the connection can be used again, and
 * to false where it must be given up: nothing was acknowledged in time, or the cancel request may still be on its way
 * and would hit the next statement.
 */
export async function stopRunning(connection: PhysicalConnection): Promise<boolean> {
  const { running, cancelAccess } = connection;
  if (running === undefined) return connection.isAlive;
  if (cancelAccess === undefined) return false;
  let asked = false;
  const ended = running.then(
    () => !asked,
    (error: unknown) => !asked || isCancelled(error),
  );
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), STOP_TIMEOUT_MS);
  const late = new Promise<boolean>((resolve) => {
    deadline.signal.addEventListener('abort', () => resolve(false));
  });
  const sent = sendCancel(connection, cancelAccess, deadline.signal, () => {
    asked = connection.running === running;
    return asked;
  });
  sent.catch(() => deadline.abort());
  let reusable = await Promise.race([ended, late]);
  // PostgreSQL signals a session and its process group, one after the other: the second signal would hit the next
  // statement. Both are sent once it has closed the connection that asked.
  if (reusable && asked) reusable = await Promise.race([sent.then(() => true), late]).catch(() => false);
  clearTimeout(timer);
  deadline.abort();
  return reusable && connection.isAlive;
}

function isCancelled(error: unknown): boolean {
  return error instanceof ExchangeFailure && isPostgresError(error.native) && error.native.code === '57014';
}

/**
 * Sends a CancelRequest over a connection of its own to the very address that the victim is connected to, secured in
 * the same way: its key must not reach anybody else. `wanted` is asked at the last moment.
 */
async function sendCancel(
  { client }: PhysicalConnection,
  { tls }: CancelAccess,
  signal: AbortSignal,
  wanted: () => boolean,
): Promise<void> {
  const { remoteAddress, remotePort } = client.connection.stream;
  const { processID, secretKey } = client;
  if (remoteAddress === undefined || remotePort === undefined || processID === null || secretKey === null) {
    throw new Error('Nobody to ask.');
  }
  const socket = connectTcp({ host: remoteAddress, port: remotePort, noDelay: true, signal });
  socket.on('error', ignore);
  try {
    await happened(socket, 'connect');
    const secured = tls === undefined ? socket : await secure(socket, tls);
    if (!wanted()) return;
    secured.write(cancelRequest(processID, secretKey));
    // The server closes once it has passed the request on. We must not end first: whatever stands between would answer
    // that by closing, before the server has.
    secured.resume();
    await happened(secured, 'close');
  } finally {
    socket.destroy();
  }
}

/** The TLS upgrade of PostgreSQL's protocol: SSLRequest, answered by `S`. */
async function secure(socket: Socket, tls: TlsPolicy): Promise<Socket> {
  socket.write(message(80877103));
  const answer = await new Promise<Buffer>((resolve, reject) => {
    socket
      .once('data', resolve)
      .once('error', reject)
      .once('end', () => reject(new Error('No answer.')));
  });
  if (answer.toString('latin1') !== 'S') throw new Error('No TLS.');
  const { servername, checkServerIdentity } = tls;
  const secureContext = await tls.secureContext();
  const secured = connectTls({
    socket,
    secureContext,
    checkServerIdentity,
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
    ...(servername === undefined ? {} : { servername }),
  });
  secured.on('error', ignore);
  await happened(secured, 'secureConnect');
  return secured;
}

/** Every error is seen by who waits; one that comes when nobody does must not end the process. */
function ignore(): void {}

function cancelRequest(processId: number, secretKey: number): Buffer {
  return message(80877102, processId, secretKey);
}

function message(...fields: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + fields.length * 4);
  bytes.writeInt32BE(bytes.length, 0);
  for (const [index, field] of fields.entries()) bytes.writeInt32BE(field, 4 + index * 4);
  return bytes;
}

function happened(socket: Socket, event: 'connect' | 'secureConnect' | 'close'): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(event, () => resolve());
    socket.once('error', reject);
  });
}
