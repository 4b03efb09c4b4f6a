import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';

/** A connection of the raw driver, to look at a database past everything that is under test. */
export interface EngineSql extends AsyncDisposable {
  /** Rows as arrays; 64-bit integers come as numbers or texts. */
  rows(text: string): Promise<readonly (readonly unknown[])[]>;
}

export async function openEngineSql(url: string): Promise<EngineSql> {
  if (new URL(url).protocol.startsWith('postgres')) {
    const client = new Client({ connectionString: url });
    // The server may be killed: whoever asks next is told.
    client.on('error', () => {});
    await client.connect();
    return {
      rows: async (text) => (await client.query({ text, rowMode: 'array' })).rows as unknown[][],
      [Symbol.asyncDispose]: () => client.end(),
    };
  }
  const connection = await createConnection({ uri: url });
  connection.on('error', () => {});
  return {
    async rows(text) {
      const [rows] = await connection.query({ sql: text, rowsAsArray: true });
      return Array.isArray(rows) ? (rows as unknown[][]) : [];
    },
    [Symbol.asyncDispose]: () => connection.end(),
  };
}
