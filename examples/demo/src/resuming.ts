import { sql } from '@sqlport/core';
import type { DataApi } from '@sqlport/local';
import type { Step } from './program.ts';

/** An Aurora Serverless cluster that has paused itself: the next query wakes it up, and must not notice. */
export function resuming(endpoint: DataApi): Step {
  return {
    name: 'paused cluster',
    async run(db) {
      const callsBefore = endpoint.calls.length;
      endpoint.faults.add({ fail: 'resuming', times: 2 });
      await db.query(sql`select count(*) as users from users`);
      const errors = endpoint.calls.slice(callsBefore).map(({ error }) => error);
      if (errors.join() !== 'DatabaseResumingException,DatabaseResumingException,') {
        throw new Error(`expected two refusals and an answer, the endpoint gave: ${errors.join(', ')}`);
      }
      return 'the endpoint was resuming twice, then answered';
    },
  };
}
