import type { SteeredTarget } from '../servers/servers.ts';
import { SETTLE_MS, settled } from './settled.ts';

/** Waits until the servers hold nothing for a client that has closed, or for so long. Resolves to what is left, in words. */
export function leftOnServers(target: SteeredTarget, settleMs = SETTLE_MS): Promise<readonly string[]> {
  return settled(async () => {
    const { connections, sessions, transactions } = await target.held();
    return [
      ...(connections > 0 ? [`${connections} connections left at the endpoint`] : []),
      ...(sessions > 0 ? [`${sessions} sessions left at the endpoint`] : []),
      ...(transactions > 0 ? [`${transactions} transactions left on the server`] : []),
    ];
  }, settleMs);
}
