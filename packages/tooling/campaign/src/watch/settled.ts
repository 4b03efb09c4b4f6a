/** How long what was used may take to go away by itself. */
export const SETTLE_MS = 15_000;

const PAUSE_MS = 20;

/** Asks what is left until nothing is, or for so long. Resolves to the last answer. */
export async function settled(
  ask: () => readonly string[] | Promise<readonly string[]>,
  settleMs: number,
): Promise<readonly string[]> {
  const until = performance.now() + settleMs;
  for (;;) {
    const left = await ask();
    if (left.length === 0 || performance.now() > until) return left;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}
