export async function query(..._a: unknown[]): Promise<number> {
  return 0;
}
