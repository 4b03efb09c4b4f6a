import type { Socket } from 'node:net';
import type { Queryable } from '@sqlport/core';
import type { Dialect } from '@sqlport/core/spi';

/** What a server says about itself. */
export interface ServerFacts {
  /** Name and version, for people. */
  readonly version: string;
  /** The time zone of the session. */
  readonly timeZone: string;
  readonly isUtc: boolean;
  readonly readOnly: boolean;
  /** The server's clock, ms since the epoch. */
  readonly now: number;
  readonly maxConnections: number | undefined;
}

/** What differs between the engines. */
export interface Engine {
  readonly dialect: Dialect;
  /** The cluster parameter of the time zone. */
  readonly timeZoneParameter: string;
  /**
   * Asks for TLS, on a connection that was just made, as the protocol wants it.
   * Throws {@link NoTls} where the server has none, and an Error with the server's words where it refuses.
   */
  startTls(socket: Socket): Promise<void>;
  ask(db: Queryable): Promise<ServerFacts>;
  /** A user who logs in with an IAM token, and may read and write one database. */
  createIamUser(user: string, database: string): CreateUser;
  /** The same for one with a password, which the reader has to fill in. */
  createPasswordUser(user: string, database: string): CreateUser;
}

/** Statements to be run by an administrator, in this order. */
export interface CreateUser {
  /** Make the user, and how he logs in. */
  readonly login: readonly string[];
  /** What he may do. */
  readonly rights: readonly string[];
}

/** The server does not offer TLS. */
export class NoTls extends Error {
  override name = 'NoTls';
}

/** Reads `size` bytes; what follows them stays in the socket. Throws where the server hangs up first. */
export async function readBytes(socket: Socket, size: number): Promise<Buffer> {
  for (;;) {
    const bytes: Buffer | null = socket.read(size);
    if (bytes?.length === size) return bytes;
    if (bytes !== null || socket.readableEnded || socket.destroyed) {
      throw new Error('The server closed the connection before it said anything.');
    }
    await new Promise<void>((resolve) => {
      const events = ['readable', 'end', 'close'] as const;
      const done = () => {
        for (const event of events) socket.off(event, done);
        resolve();
      };
      for (const event of events) socket.on(event, done);
    });
  }
}
