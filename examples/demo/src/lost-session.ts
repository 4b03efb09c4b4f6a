import { isConnectorError, sql } from '@sqlport/core';
import type { TidbEndpoint } from '@sqlport/local';
import type { Step } from './program.ts';

/** A server that loses the session of a transaction and runs its next statement by itself: that must be said. */
export function lostSession(endpoint: TidbEndpoint): Step {
  return {
    name: 'lost session',
    async run(db) {
      const error = await db
        .transaction(async (tx) => {
          await tx.query(sql`select 1`);
          endpoint.injectFault({ kind: 'swap-token' });
          await tx.query(sql`select balance from users where id = ${1}`);
        })
        .catch((thrown: unknown) => thrown);
      if (!isConnectorError(error) || error.code !== 'TRANSACTION') throw error ?? new Error('nobody noticed');
      return `ConnectorError ${error.code}, ${error.outcome}`;
    },
  };
}
