import { sql } from '@sqlport/core';
import type { Gateway } from '@sqlport/local';
import type { Step } from './program.ts';

/**
 * A Lambda that thaws after an hour: its sockets are dead and its IAM token has expired. The next query must not
 * notice.
 */
export function expiredToken(gateway: Gateway): Step {
  return {
    name: 'expired token',
    async run(db) {
      const loginsBefore = gateway.logins.length;
      gateway.destroyConnections();
      await gateway.expireTokens();
      const { rows } = await db.query(sql`select count(*) as users from users`);
      const logins = gateway.logins.slice(loginsBefore).map(({ accepted, reason }) => (accepted ? 'accepted' : reason));
      if (rows.length !== 1 || !logins.includes('expired') || logins.at(-1) !== 'accepted') {
        throw new Error(`expected a refused and a renewed token, the gateway saw: ${logins.join(', ')}`);
      }
      return `the gateway saw: token ${logins.join(', new one ')}`;
    },
  };
}
