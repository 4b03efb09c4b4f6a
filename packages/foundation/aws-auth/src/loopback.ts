import { isIPv4 } from 'node:net';
import { normalHost } from './region.ts';

/** True where the bytes never leave this machine: `localhost`, 127.0.0.0/8, `::1`, and the path of a Unix socket. */
export function isLoopback(host: string): boolean {
  const name = normalHost(host).replace(/^\[(.*)\]$/, '$1');
  if (name.startsWith('/') || name === '::1') return true;
  return name === 'localhost' || name.endsWith('.localhost') || (isIPv4(name) && name.startsWith('127.'));
}
