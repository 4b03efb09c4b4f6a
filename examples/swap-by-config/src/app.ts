import { type Connection, isConnectorError, sql, type Transaction } from '@sqlport/core';
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';

/** The service. It does not know which database it has, nor how that is reached. */
export function app(db: Connection): Hono {
  const service = new Hono();

  service.get('/users', async (c) => {
    const { rows } = await db.query(sql`select id, name, balance from users order by name`);
    return c.json(rows);
  });

  service.get('/users/:id', async (c) => {
    const user = await db.first(sql`select id, name, balance from users where id = ${c.req.param('id')}`);
    return user === undefined ? c.notFound() : c.json(user);
  });

  service.post('/users', async (c) => {
    const { name, balance } = await c.req.json<{ name: string; balance: number }>();
    const id = crypto.randomUUID();
    await db.query(sql`insert into users (id, name, balance) values (${id}, ${name}, ${balance})`);
    return c.json({ id, name, balance }, 201);
  });

  service.post('/transfers', async (c) => {
    const { from, to, amount } = await c.req.json<{ from: string; to: string; amount: number }>();
    const add = (id: string, sum: number) => sql`update users set balance = balance + ${sum} where id = ${id}`;
    const transfer = async (tx: Transaction) => {
      const results = [await tx.query(add(from, -amount)), await tx.query(add(to, amount))];
      if (results.some(({ rowsAffected }) => rowsAffected === 0)) throw new HTTPException(404);
    };
    await db.transaction(transfer, { retry: 3 });
    return c.body(null, 204);
  });

  service.onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (!isConnectorError(error)) throw error;
    const { code, outcome, constraint } = error;
    if (code === 'CONSTRAINT') return c.json({ error: constraint?.kind }, 409);
    if (code === 'DATA') return c.json({ error: 'not a value for this column' }, 400);
    console.error(error);
    return c.json({ error: code, outcome }, 503);
  });

  return service;
}
