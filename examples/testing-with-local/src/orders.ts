import { type Connection, isConnectorError, sql } from '@sqlport/core';

/** Places an order, once: the same `id` again changes nothing. Answers what is left in stock. */
export async function placeOrder(db: Connection, id: string, item: string): Promise<number> {
  try {
    return await db.transaction(async (tx) => {
      await tx.query(sql`insert into orders (id, item) values (${id}, ${item})`);
      await tx.query(sql`update stock set amount = amount - 1 where item = ${item}`);
      return left(tx, item);
    });
  } catch (error) {
    if (!isConnectorError(error)) throw error;
    if (error.constraint?.kind === 'unique') return left(db, item);
    // Nobody can tell whether COMMIT took effect; the order's id makes it safe to ask again.
    if (error.outcome === 'unknown') return placeOrder(db, id, item);
    throw error;
  }
}

async function left(db: Pick<Connection, 'one'>, item: string): Promise<number> {
  const { amount } = await db.one<{ amount: number }>(sql`select amount from stock where item = ${item}`);
  return amount;
}
