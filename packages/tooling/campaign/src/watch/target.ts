import type { SteeredTarget } from '../servers/servers.ts';

const SETTLE_MS = 15_000;

/** Waits until the servers hold nothing for a client that has closed, or for so long. Resolves to what is left, in words. */
export async function leftOnServers(target: SteeredTarget, settleMs = SETTLE_MS): Promise<readonly string[]> {
  const until = performance.now() + settleMs;
  for (;;) {
    const { connections, sessions, transactions } = await target.held();
    const left = [
      ...(connections > 0 ? [`${connections} connections left at the endpoint`] : []),
      ...(sessions > 0 ? [`${sessions} sessions left at the endpoint`] : []),
      ...(transactions > 0 ? [`${transactions} transactions left on the server`] : []),
    ];
    if (left.length === 0 || performance.now() > until) return left;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
