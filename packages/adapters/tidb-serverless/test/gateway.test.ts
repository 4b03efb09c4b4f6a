import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { failure, until } from '@sqlport/conformance/driver';
import { type Connection, connect } from '@sqlport/core';
import { afterEach, describe, expect, it } from 'vitest';
import { tidbServerless } from '../src/index.ts';
import { fetchOver } from './fetch-over.ts';

const config = { host: 'gateway01.example', user: 'u.root', password: 'p', database: 'd' };

interface Answer {
  readonly status?: number;
  readonly session?: string;
  readonly body?: unknown;
}

const open: Connection[] = [];
afterEach(() => Promise.all(open.splice(0).map((connection) => connection.close())));

/** A connection to a gateway that answers what `answerTo` says, `{}` where that is nothing; and the statements it got. */
function gateway(answerTo: (text: string) => Answer | undefined) {
  const sent: string[] = [];
  const adapter = tidbServerless({
    ...config,
    fetch: async (_, { body }) => {
      const { query } = JSON.parse(String(body)) as { query: string };
      sent.push(query);
      const { status = 200, session = 'token', body: answer = {} } = answerTo(query) ?? {};
      return new Response(JSON.stringify(answer), { status, headers: { 'TiDB-Session': session } });
    },
  });
  const db = connect(adapter, { retry: false });
  open.push(db);
  return { db, sent };
}

const SETTINGS = {
  body: {
    types: Array.from('abcdefg', (name) => ({ name, type: 'VARCHAR' })),
    rows: [['UTC', 'UTC', 'STRICT_TRANS_TABLES', '1', 'utf8mb4', 'utf8mb4', 'utf8mb4']],
  },
};

describe('an answer of status 200 to COMMIT is no commit', () => {
  it.each([
    [[]],
    [{ code: 151100004, message: 'no' }],
    [{ rowsAffected: 'x' }],
    [{ rowsAffected: -1 }],
    [{ rowsAffected: {} }],
  ])('where it is %j', async (body) => {
    const { db } = gateway((text) => (text === 'COMMIT' ? { body } : undefined));
    const tx = await db.begin();
    await tx.query('select 1');
    expect(await failure(tx.commit())).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
  });
});

it('an id that is no text may have been rounded, and is no id', async () => {
  const { db } = gateway((text) => (text === 'select 1' ? { body: { sLastInsertID: 2 ** 60 } } : undefined));
  expect(await failure(db.query('select 1'))).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
});

describe('a session that the gateway calls expired', () => {
  it('ends the transaction, whatever number stands in the message', async () => {
    const message = 'Error 1105 (HY000): session expired';
    const { db, sent } = gateway((text) =>
      text === 'select 2' ? { status: 400, body: { code: 61100002, message } } : undefined,
    );
    const tx = await db.begin();
    expect(await failure(tx.query('select 2'))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await failure(tx.query('select 3'))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(sent).toEqual(['BEGIN', 'select 2']);
  });
});

describe('an error under another token', () => {
  it('ends the transaction, which is rolled back all the same', async () => {
    const { db, sent } = gateway((text) =>
      text === 'select 2' ? { status: 400, session: 'other', body: { code: 1146, message: 'x' } } : undefined,
    );
    const tx = await db.begin();
    expect(await failure(tx.query('select 2'))).toMatchObject({ code: 'SYNTAX', outcome: 'not-applied' });
    expect(await failure(tx.query('select 3'))).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(await failure(tx.commit())).toMatchObject({ code: 'TRANSACTION', outcome: 'not-applied' });
    expect(sent).toEqual(['BEGIN', 'select 2', 'ROLLBACK']);
  });
});

it('a transaction of which a statement ran by itself is not called not applied', async () => {
  const { db } = gateway((text) => (text === 'select 2' ? { session: 'other' } : undefined));
  const work = db.transaction(async (tx) => {
    await tx.query('select 2').catch(() => {});
  });
  expect(await failure(work)).toMatchObject({ code: 'TRANSACTION', outcome: 'unknown' });
});

it('a refusal that quotes a statement about 10,000 rows is none for the length of its result', async () => {
  const message = `[parser:1064] near "limit 10000 rows"`;
  const { db } = gateway(() => ({ status: 400, body: { code: 151100004, message } }));
  expect(await failure(db.query('select 1'))).toMatchObject({ code: 'DATABASE', outcome: 'unknown' });
});

it('a read-only transaction sends nothing for a statement that may write, nor asks for settings', async () => {
  const { db, sent } = gateway(() => undefined);
  const work = db.transaction((tx) => tx.query("insert into t values ('\\n')"), { readOnly: true });
  expect(await failure(work)).toMatchObject({ code: 'READ_ONLY', outcome: 'not-applied' });
  expect(sent).toEqual(['BEGIN', 'ROLLBACK']);
});

it('BEGIN that is given up is rolled back when its answer comes', async () => {
  const controller = new AbortController();
  let release = () => {};
  const answered = new Promise<void>((resolve) => {
    release = resolve;
  });
  const sent: string[] = [];
  const adapter = tidbServerless({
    ...config,
    fetch: async (_, { body, signal }) => {
      const { query } = JSON.parse(String(body)) as { query: string };
      sent.push(query);
      if (query === 'BEGIN') {
        controller.abort();
        await answered;
        signal.throwIfAborted();
      }
      return new Response('{}', { headers: { 'TiDB-Session': 'token' } });
    },
  });
  await using db = connect(adapter, { retry: false });
  expect(await failure(db.begin({ signal: controller.signal }))).toMatchObject({
    code: 'ABORTED',
    outcome: 'not-applied',
  });
  release();
  await until(() => sent.includes('ROLLBACK'));
});

it('closing does not wait for a BEGIN that was given up', async () => {
  const controller = new AbortController();
  const adapter = tidbServerless({
    ...config,
    fetch: () => {
      controller.abort();
      return new Promise(() => {});
    },
  });
  const db = connect(adapter, { retry: false });
  await failure(db.begin({ signal: controller.signal }));
  await db.close();
});

it('a fetch that answers nothing leaves the outcome unknown', async () => {
  await using db = connect(tidbServerless({ ...config, fetch: async () => undefined as never }), { retry: false });
  expect(await failure(db.query('select 1'))).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
});

it('the body of a redirect is not left open', async () => {
  let closed = false;
  const server = createServer((_, response) => {
    response.on('close', () => {
      closed = true;
    });
    response.writeHead(307, { Location: '/elsewhere' });
    response.write('never ends');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await using db = connect(tidbServerless({ ...config, fetch: fetchOver(port) }), { retry: false });
    expect(await failure(db.query('select 1'))).toMatchObject({ code: 'CONFIG' });
    await until(() => closed);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

describe('settings', () => {
  const mode = (sqlMode: string, zone = 'UTC') => {
    const [row] = SETTINGS.body.rows;
    const rows = [row!.with(0, zone).with(2, `STRICT_TRANS_TABLES,${sqlMode}`)];
    return gateway((text) => (/@@time_zone/.test(text) ? { body: { ...SETTINGS.body, rows } } : undefined)).db;
  };

  it.each([
    ['ANSI_QUOTES', String.raw`select 'a\nb'`],
    ['ANSI_QUOTES', `select '{"a": 1}' -- "x"`],
    ['ANSI_QUOTES', 'select `a"b` from t'],
    ['NO_BACKSLASH_ESCAPES', 'select "x"'],
    ['NO_BACKSLASH_ESCAPES', String.raw`select 1 -- \ `],
  ])('(%s) that do not change what %s means are no obstacle', async (sqlMode, text) => {
    await mode(sqlMode).query(text);
  });

  it.each([
    ['ANSI_QUOTES', 'select "x"'],
    ['NO_BACKSLASH_ESCAPES', String.raw`select 'a\nb'`],
    ['NO_BACKSLASH_ESCAPES', String.raw`select 'a\' -- '`],
  ])('(%s) that change what %s means are CONFIG', async (sqlMode, text) => {
    expect(await failure(mode(sqlMode).query(text))).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
  });

  it.each(['UTC', 'Etc/UTC', 'UCT', 'Etc/UCT', 'Universal', 'Etc/Universal', '+00:00', '-00:00'])(
    'with the time zone %s are in UTC',
    async (zone) => {
      await mode('', zone).query('select ?', [new Date(0)]);
    },
  );

  it.each(['Asia/Tokyo', '+09:00', 'Etc/UTC+1', 'UTCX'])('with the time zone %s are not', async (zone) => {
    expect(await failure(mode('', zone).query('select ?', [new Date(0)]))).toMatchObject({ code: 'CONFIG' });
  });

  it.each([{ rows: [] }, { rows: [7] }, { rows: [[null]] }, {}])(
    'that are not told (%j) leave nothing to trust',
    async (body) => {
      const { db, sent } = gateway(() => ({ body }));
      const error = await failure(db.query('select "a\\b"'));
      expect(error).toMatchObject({ code: 'UNREACHABLE', outcome: 'not-applied' });
      expect(sent).toHaveLength(1);
    },
  );
});
