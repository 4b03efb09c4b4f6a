import { untilAborted } from '@sqlport/core/spi';
import type { PhysicalConnection } from './physical-connection.ts';

/** How to stop a statement of a connection from beside it. */
export interface KillAccess {
  /** Name of the lock that its session holds, by which the server that has the session is known. */
  readonly lock: string;
  /** Opens a second connection to the very address that `victim` is connected to. */
  openBeside(victim: PhysicalConnection, signal: AbortSignal): Promise<PhysicalConnection>;
}

/** How long the server may take to acknowledge. */
const ACKNOWLEDGE_MS = 3_000;

/**
 * Whether two connections ended up at the same server. The same address does not say so: it may be a balancer's, and
 * ids of sessions are small numbers, so that KILL would hit a stranger.
 */
async function isSameServer(
  killer: PhysicalConnection,
  victim: PhysicalConnection,
  { lock }: KillAccess,
): Promise<boolean> {
  const { rows } = await killer.query(`SELECT IS_USED_LOCK('${lock}')`);
  return Number(rows[0]?.[0]) === victim.id;
}

/**
 * Stops the statement that runs on `victim`: KILL QUERY over a second connection, unless the answer comes first.
 * Resolves with true when the server has acknowledged it and `victim` may be used again, with false when it may not:
 * a KILL that is still under way would hit the next statement. `answer` settles with the statement's answer.
 * `aborted`: false where all that is left is to read the rest of a result.
 */
export async function cancelStatement(
  victim: PhysicalConnection,
  answer: Promise<unknown>,
  aborted: boolean,
): Promise<boolean> {
  const { killAccess, proxied } = victim.rights;
  // Nothing that could be waited for stops it, and meanwhile it holds one of the proxy's few connections.
  if (proxied && aborted) return false;
  const deadline = AbortSignal.timeout(ACKNOWLEDGE_MS);
  const inTime = <T>(work: Promise<T>) => untilAborted(work, deadline, 'unknown');
  let answered = false;
  const note = () => {
    answered = true;
  };
  const settled = answer.then(note, note);
  try {
    let killed = false;
    if (killAccess !== undefined) {
      const killer = await killAccess.openBeside(victim, deadline);
      try {
        killed = !answered && (await inTime(isSameServer(killer, victim, killAccess)));
        if (killed && !answered) await inTime(killer.query(`KILL QUERY ${victim.id}`));
      } finally {
        const free = () => killer.destroy();
        void inTime(killer.end()).then(free, free);
      }
    }
    await inTime(settled);
    // Where the KILL came a moment too late it waits for the next statement: this one.
    if (killed && victim.isAlive) await inTime(victim.query('DO 0').catch(() => {}));
    return victim.isAlive;
  } catch {
    return false;
  }
}
