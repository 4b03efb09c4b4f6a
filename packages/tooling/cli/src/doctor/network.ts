import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { type Check, failed, ok } from './check.ts';

/** A place on the network. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Whether a name leads to this machine, where AWS has no say. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.[\d.]+|\[?::1\]?)$/.test(host);
}

/** How long a server may take to accept a connection, and for each answer before the login. */
export const PATIENCE_MS = 5_000;

export function dnsCheck({ host }: Endpoint): Check {
  return {
    name: 'DNS',
    needs: [],
    async run() {
      if (isIP(host) !== 0) return ok(`${host} is an address`);
      try {
        const addresses = await lookup(host, { all: true });
        return ok(`${host} is ${addresses.map(({ address }) => address).join(', ')}`);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAI_AGAIN') {
          return failed(`The name servers of this machine do not answer (${code}).`, 'Check the network and its DNS.');
        }
        return failed(
          `There is no host ${host} (${code}).`,
          'Check the spelling against the endpoint that the console or `aws rds describe-db-clusters` shows.',
          'An endpoint vanishes with its cluster: has it been deleted or renamed?',
          'A name of a private zone is known within its VPC only.',
        );
      }
    },
  };
}

export function tcpCheck(endpoint: Endpoint): Check {
  const { host, port } = endpoint;
  return {
    name: 'TCP',
    needs: ['DNS'],
    async run() {
      try {
        const socket = await dial(endpoint);
        const from = `${socket.remoteAddress}:${socket.remotePort}`;
        socket.destroy();
        return ok(`${from} accepts connections`);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ECONNREFUSED') {
          return failed(
            `Nothing listens on ${host}, port ${port} (${code}).`,
            'Check the port of the URL; the defaults are 5432 for PostgreSQL and 3306 for MySQL.',
            'Is the instance running, or the tunnel open?',
          );
        }
        return failed(
          `No connection to ${host}, port ${port} (${code ?? 'no answer'}).`,
          `The security group of the database must let this machine in on port ${port}.`,
          'A database without a public address is reached from within its VPC only: over a VPN, a bastion or peering.',
          'For a Lambda function: put it into the VPC, with a security group that the one of the database names.',
        );
      }
    },
  };
}

/** Opens a connection. Rejects with `ETIMEDOUT` where nobody answers. */
export function dial({ host, port }: Endpoint): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true });
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' }));
    }, PATIENCE_MS);
    socket.once('error', reject);
    socket.once('close', () => clearTimeout(timer));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', reject);
      // What goes wrong from here on ends a read.
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}
