import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Fixture, type Opened, run, value } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start({}, { ownServer: true });
});
afterAll(() => fixture.stop());

const SHOW = `SELECT @@time_zone, @@sql_mode, @@autocommit, @@character_set_client, @@character_set_connection,
  @@character_set_results, @@collation_connection`;
const WANTED = [
  '+00:00',
  'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION',
  1,
  'utf8mb4',
  'utf8mb4',
  'utf8mb4',
  'utf8mb4_0900_ai_ci',
];

describe('a session', () => {
  it('is what the contract relies on', async () => {
    expect((await run(await fixture.open(), SHOW)).rows).toEqual([WANTED]);
  });

  it('lasts as long as the server likes outside of Lambda, and five idle minutes inside', async () => {
    const [server] = await fixture.ask('SELECT @@GLOBAL.wait_timeout AS seconds');
    expect(await value(await fixture.open(), 'SELECT @@wait_timeout')).toBe(server!['seconds']);
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'shop');
    try {
      expect(await value(await fixture.open(), 'SELECT @@wait_timeout')).toBe(300);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('has two connections at most inside Lambda', async () => {
    vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'shop');
    try {
      const db = await fixture.open();
      const before = fixture.gateway.connections.total;
      await Promise.all(Array.from({ length: 6 }, () => run(db, 'SELECT SLEEP(0.01)')));
      expect(fixture.gateway.connections.total - before).toBe(2);
    } finally {
      vi.unstubAllEnvs();
    }
  });

  it('costs one statement to set up', async () => {
    const questions = async (db: Opened) => Number((await run(db, "SHOW SESSION STATUS LIKE 'Questions'")).rows[0]![1]);
    expect(await questions(await fixture.open())).toBe(2);
  });
});

describe('on a server with hostile defaults', () => {
  let db: Opened;
  beforeAll(async () => {
    // Runs for every user who is not a superuser, when he logs in.
    await fixture.ask(`SET GLOBAL init_connect = "SET NAMES latin1, time_zone = '+09:00', autocommit = 0,
      sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,IGNORE_SPACE,PAD_CHAR_TO_FULL_LENGTH'"`);
    db = await fixture.open({ max: 1 });
    await run(
      db,
      'CREATE TABLE hostile (id INT AUTO_INCREMENT PRIMARY KEY, t VARCHAR(20), at TIMESTAMP(3) NULL, n TINYINT)',
    );
  });
  afterAll(() => fixture.ask("SET GLOBAL init_connect = ''"));

  it('a session is the same', async () => {
    expect((await run(db, SHOW)).rows).toEqual([WANTED]);
  });

  it('texts and instants go in and come out the same', async () => {
    const text = 'é 🙂 \\ \' "';
    const at = new Date('2024-03-31T01:30:00.123Z');
    await run(db, 'INSERT INTO hostile (t, at) VALUES (?, ?)', [text, at]);
    expect((await run(db, 'SELECT t, at FROM hostile')).rows).toEqual([[text, at]]);
  });

  it('what was written is committed, and what does not fit is an error', async () => {
    await run(db, 'INSERT INTO hostile (n) VALUES (1)');
    const [row] = await fixture.ask(`SELECT COUNT(*) AS n FROM ${fixture.database.name}.hostile WHERE n = 1`);
    expect(row!['n']).toBe(1);
    await expect(run(db, 'INSERT INTO hostile (n) VALUES (1000)')).rejects.toMatchObject({ code: 'DATA', errno: 1264 });
  });

  it('a transaction is one, and ends with commit', async () => {
    await fixture.ask('SET GLOBAL completion_type = 1');
    try {
      const chained = await fixture.open({ max: 1 });
      const tx = await chained.begin({}, {});
      await run(tx, 'INSERT INTO hostile (n) VALUES (2)');
      await tx.commit({});
      await run(chained, 'INSERT INTO hostile (n) VALUES (2)');
      const [row] = await fixture.ask(`SELECT COUNT(*) AS n FROM ${fixture.database.name}.hostile WHERE n = 2`);
      expect(row!['n']).toBe(2);
    } finally {
      await fixture.ask('SET GLOBAL completion_type = 0');
    }
  });

  it('names of functions are no reserved words', async () => {
    await run(db, 'CREATE TABLE names (count INT, min INT)');
    expect((await run(db, 'SELECT count, min FROM names')).columns.map(({ name }) => name)).toEqual(['count', 'min']);
  });
});

describe('what cannot be written in strict mode', () => {
  it('comes out as the server writes it: zero dates are strings, and no instants', async () => {
    const db = await fixture.open({ max: 1 });
    await run(db, 'CREATE TABLE zeros (d DATE, dt DATETIME(2), ts TIMESTAMP NULL)');
    await fixture.ask("SET sql_mode = ''");
    await fixture.ask(`INSERT INTO ${fixture.database.name}.zeros VALUES ('0000-00-00', '2024-00-00', '0000-00-00')`);
    expect((await run(db, 'SELECT d, dt FROM zeros')).rows).toEqual([['0000-00-00', '2024-00-00 00:00:00.00']]);
    await expect(run(db, 'SELECT ts FROM zeros')).rejects.toMatchObject({ code: 'DATA', outcome: 'applied' });
  });
});
