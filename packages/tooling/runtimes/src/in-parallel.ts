/** Does pieces of work, at most `limit` at a time, and resolves to what came of each in their order. */
export async function inParallel<T, R>(
  limit: number,
  pieces: readonly T[],
  work: (piece: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const queue = pieces.entries();
  const worker = async (): Promise<void> => {
    for (const [index, piece] of queue) results[index] = await work(piece);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}
