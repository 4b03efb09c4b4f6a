import { describe, expect, inject, it } from 'vitest';
import { messagesOf } from '../src/frames.ts';
import { type LocalStatement, startLocal } from '../src/index.ts';
import type {} from '../src/vitest.ts';

describe('messagesOf', () => {
  const framing = { headLength: 1, bodyLength: (head: Buffer) => head[0]! };
  const messages = (chunks: readonly Buffer[]) => {
    const found: string[] = [];
    const listen = messagesOf(framing, (_head, body) => found.push(body.toString()));
    for (const chunk of chunks) listen(chunk);
    return found;
  };
  const stream = Buffer.from('\u0003abc\u0000\u0002de\u0001f');

  it('finds the same messages however the bytes arrive, empty ones too', () => {
    expect(messages([stream])).toEqual(['abc', '', 'de', 'f']);
    expect(messages([...stream].map((byte) => Buffer.from([byte])))).toEqual(['abc', '', 'de', 'f']);
  });

  it('keeps the beginning of a long one, and finds what follows it', () => {
    const long = { headLength: 4, bodyLength: (head: Buffer) => head.readUInt32BE(0) };
    const found: Buffer[] = [];
    const listen = messagesOf(long, (_head, body) => found.push(body));
    const message = Buffer.alloc(4 + 1_000_000, 'x');
    message.writeUInt32BE(1_000_000);
    const all = Buffer.concat([message, Buffer.from('\0\0\0\u0002ok')]);
    for (let at = 0; at < all.length; at += 70_001) listen(all.subarray(at, at + 70_001));
    expect(found.map(({ length }) => length)).toEqual([65_536, 2]);
    expect(found[1]!.toString()).toBe('ok');
  });
});

describe('onStatement', () => {
  it('is told every statement, prepared ones at each use', async () => {
    const seen: LocalStatement[] = [];
    await using local = await startLocal({
      ...inject('sqlportLocal'),
      onStatement: (statement) => seen.push(statement),
    });
    const { default: pg } = await import('pg');
    const { createConnection } = await import('mysql2/promise');
    const { Signer } = await import('@aws-sdk/rds-signer');
    const config = (strategy: 'iam-pg' | 'iam-mysql2') => local.configs[strategy];
    const token = ({ host, port, user, region, credentials }: ReturnType<typeof config>) =>
      new Signer({ hostname: host, port, username: user, region, credentials }).getAuthToken();

    const { host, port, user, database, ca } = config('iam-pg');
    const postgres = new pg.Client({
      host,
      port,
      user,
      database,
      ssl: { ca },
      password: await token(config('iam-pg')),
    });
    await postgres.connect();
    await postgres.query("select 'simple'");
    await postgres.query({ name: 'twice', text: 'select $1::int', values: [1] });
    await postgres.query({ name: 'twice', text: 'select $1::int', values: [2] });
    await postgres.end();

    const password = await token(config('iam-mysql2'));
    const mysql = await createConnection({
      ...{ host, user, database, port: config('iam-mysql2').port, ssl: { ca } },
      authPlugins: { mysql_clear_password: () => async () => Buffer.from(`${password}\0`) },
    });
    await mysql.query("select 'é'");
    await mysql.end();

    expect(seen).toEqual([
      { strategy: 'iam-pg', engine: 'postgres', text: "select 'simple'" },
      { strategy: 'iam-pg', engine: 'postgres', text: 'select $1::int' },
      { strategy: 'iam-pg', engine: 'postgres', text: 'select $1::int' },
      { strategy: 'iam-mysql2', engine: 'mysql', text: "select 'é'" },
    ]);
  });
});
