import { type Connection, connect, isConnectorError, sql } from '@sqlport/core';
import { fromUrl, tidbServerless } from '@sqlport/tidb-serverless';

interface Env {
  /** `tidb-serverless://user:password@host/database` */
  readonly DATABASE_URL: string;
}

/** `GET /` answers all notes, `POST /` adds the one that is its body. */
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    try {
      // Made for each request, for a Worker's requests may not share I/O. It opens nothing, so it costs nothing.
      await using db = connect(tidbServerless(fromUrl(env.DATABASE_URL)));
      return request.method === 'POST' ? await add(db, await request.text()) : await list(db);
    } catch (error) {
      return failed(error);
    }
  },
};

async function list(db: Connection): Promise<Response> {
  const { rows } = await db.query<{ id: number; text: string }>(sql`select id, text from notes order by id`);
  return Response.json(rows);
}

/** Adds a note and counts it, or neither. */
async function add(db: Connection, text: string): Promise<Response> {
  const id = await db.transaction(async (tx) => {
    const { insertId } = await tx.query(sql`insert into notes (text) values (${text})`);
    await tx.query(sql`update counters set n = n + 1 where name = 'notes'`);
    return insertId;
  });
  return Response.json({ id: String(id) }, { status: 201 });
}

function failed(error: unknown): Response {
  if (!isConnectorError(error)) throw error;
  const { code, constraint, outcome } = error;
  if (constraint?.kind === 'unique') return Response.json({ error: 'There is such a note already.' }, { status: 409 });
  if (code === 'DATA') return Response.json({ error: 'A note has at most 200 characters.' }, { status: 400 });
  return Response.json({ error: code, outcome }, { status: 503 });
}
