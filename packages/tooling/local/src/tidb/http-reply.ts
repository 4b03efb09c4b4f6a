import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

/** A reply that is ready to be sent. */
export interface HttpReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What happens to the body on its way. */
export interface Transport {
  /** Compress it, because the client accepts that. */
  readonly gzip?: boolean;
  /** Cut the connection after the first half. */
  readonly cut?: boolean;
  /** Wait this long before the second half, in ms. */
  readonly delayMs?: number | undefined;
  /** Ends the waiting when the client or the endpoint is gone. */
  readonly signal: AbortSignal;
}

/** A header that is there once, as text in UTF-8. */
export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? Buffer.from(value, 'latin1').toString('utf8') : undefined;
}

export const jsonReply = (status: number, body: unknown, headers: Record<string, string> = {}): HttpReply => ({
  status,
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

export async function sendReply(response: ServerResponse, reply: HttpReply, transport: Transport): Promise<void> {
  const plain = Buffer.from(reply.body, 'utf8');
  const bytes = transport.gzip ? gzipSync(plain) : plain;
  response.writeHead(reply.status, {
    ...reply.headers,
    ...(transport.gzip ? { 'Content-Encoding': 'gzip' } : {}),
    'Content-Length': bytes.length,
  });
  if (!transport.cut && transport.delayMs === undefined) {
    response.end(bytes);
    return;
  }
  const middle = Math.ceil(bytes.length / 2);
  await new Promise((resolve) => response.write(bytes.subarray(0, middle), resolve));
  if (transport.delayMs !== undefined) await pause(transport.delayMs, undefined, { signal: transport.signal });
  if (transport.cut) response.destroy();
  else response.end(bytes.subarray(middle));
}
