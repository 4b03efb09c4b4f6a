import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Fixture, failure, type Opened, run, until, value } from './fixture.ts';
import { Valve } from './valve.ts';

let fixture: Fixture;
let db: Opened;
beforeAll(async () => {
  fixture = await Fixture.start();
  await fixture.ask(`CREATE TABLE ${fixture.database.name}.counted (n INT)`);
});
beforeEach(async () => {
  db = await fixture.open({ max: 1 });
});
afterAll(() => fixture.stop());

const isRunning = async (text: string) => (await fixture.running()).some((each) => each.includes(text));

/** Runs a statement until the server is at it, then aborts it. */
async function aborted(text: string): Promise<unknown> {
  const caller = new AbortController();
  const call = failure(run(db, text, [], caller.signal));
  await until(() => isRunning(text));
  caller.abort();
  return call;
}

describe('an abort', () => {
  it('settles the call at once, with an unknown outcome', async () => {
    const caller = new AbortController();
    const call = failure(run(db, 'SELECT SLEEP(30)', [], caller.signal));
    await until(() => isRunning('SLEEP(30)'));
    const start = performance.now();
    caller.abort();
    expect(await call).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it('kills nothing where it cannot tell that it has reached the same server', async () => {
    // What marks the session is gone: as if a balancer had led the second connection to another server.
    await run(db, 'DO RELEASE_ALL_LOCKS()');
    const id = await value(db, 'SELECT CONNECTION_ID()');
    await aborted('SELECT SLEEP(30)');
    expect(await value(db, 'SELECT CONNECTION_ID()')).not.toBe(id);
    expect(await isRunning('SELECT SLEEP(30)')).toBe(true);
    await fixture.killSessions();
  });

  it.each([
    'SELECT SLEEP(30)',
    'SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c',
    'INSERT INTO counted SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c',
  ])('stops the statement on the server: %s', async (text) => {
    await aborted(text);
    await until(async () => !(await isRunning(text)));
    expect(await value(db, 'SELECT COUNT(*) FROM counted')).toBe(0);
  });

  it('keeps the connection, once the server has acknowledged the end', async () => {
    const id = await value(db, 'SELECT CONNECTION_ID()');
    for (let round = 0; round < 3; round++) {
      await aborted('SELECT SLEEP(30)');
      expect(await value(db, 'SELECT CONNECTION_ID()')).toBe(id);
    }
  });

  it('of a statement that changes its session gives the connection up, acknowledged or not', async () => {
    const id = await value(db, 'SELECT CONNECTION_ID()');
    await aborted('SET @left = 1, @behind = SLEEP(30)');
    expect(await value(db, 'SELECT CONNECTION_ID()')).not.toBe(id);
  });

  it('never hits the statement that comes next, nor one of somebody else', async () => {
    const stranger = await fixture.open();
    const long = run(stranger, 'SELECT SLEEP(0.5), COUNT(*) FROM counted');
    for (let round = 0; round < 40; round++) {
      const caller = new AbortController();
      const call = run(db, 'SELECT SLEEP(0.002)', [], caller.signal).catch(() => undefined);
      setTimeout(() => caller.abort(), round % 8);
      await call;
      expect(await value(db, 'SELECT SUM(n) IS NULL FROM counted')).toBe(1);
    }
    expect((await long).rows).toEqual([[0, 0]]);
  });

  it('of a statement that the server has answered in the meantime kills nothing', async () => {
    const valve = await Valve.open(fixture.address);
    const plain = await fixture.open({ ...(await fixture.plaintext(valve.port)), max: 1 });
    const id = await value(plain, 'SELECT CONNECTION_ID()');
    valve.hold();
    const caller = new AbortController();
    const call = failure(run(plain, 'INSERT INTO counted VALUES (7)', [], caller.signal));
    await until(async () => (await value(db, 'SELECT COUNT(*) FROM counted WHERE n = 7')) === 1);
    caller.abort();
    expect(await call).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    valve.release();
    expect(await value(plain, 'SELECT CONNECTION_ID()')).toBe(id);
    expect(valve.sent.includes('KILL')).toBe(false);
    await run(db, 'DELETE FROM counted');
    await plain.close();
    await valve.close();
  });

  it('gives the connection up where the server cannot be reached beside it', async () => {
    const id = await value(db, 'SELECT CONNECTION_ID()');
    await fixture.gateway.useCertificate('wrong-host');
    try {
      const error = await aborted('SELECT SLEEP(3)');
      expect(error).toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
      await until(async () => !(await fixture.sessions()).includes(Number(id)));
    } finally {
      await fixture.gateway.useCertificate('valid');
    }
    expect(await value(db, 'SELECT CONNECTION_ID()')).not.toBe(id);
  });

  it('goes to the very address of the connection, logged in afresh', async () => {
    await value(db, 'SELECT 1');
    const logins = fixture.gateway.logins.length;
    await aborted('SELECT SLEEP(30)');
    await until(() => fixture.gateway.logins.length === logins + 1);
    expect(fixture.gateway.logins.at(-1)).toMatchObject({ user: 'app', accepted: true });
  });
});

describe('closing', () => {
  it('first stops what was aborted', async () => {
    const caller = new AbortController();
    const call = failure(run(db, 'SELECT SLEEP(31)', [], caller.signal));
    await until(() => isRunning('SLEEP(31)'));
    caller.abort();
    await call;
    await db.close();
    expect(await isRunning('SLEEP(31)')).toBe(false);
  });
});
