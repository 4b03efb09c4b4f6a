import { serve } from '@hono/node-server';
import { app } from './app.ts';
import { open } from './database.ts';

const db = await open(process.env.DATABASE_URL);
const server = serve({ fetch: app(db).fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}/users, by ${db.adapter}`);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => server.close(() => db.close()));
