import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Fixture, failure, type Opened, run, until, value } from './fixture.ts';
import { Valve } from './valve.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

const connectionId = (db: Opened) => value(db, 'SELECT CONNECTION_ID()');

/** Connections that the gateway accepted while `work` ran. */
async function connectionsFor(work: () => Promise<unknown>): Promise<number> {
  const before = fixture.gateway.connections.total;
  await work();
  return fixture.gateway.connections.total - before;
}

describe('the pool', () => {
  it('opens nothing before the first statement', async () => {
    expect(await connectionsFor(() => fixture.open())).toBe(0);
  });

  it('opens two connections for two first statements at once, and none for what comes after them', async () => {
    const db = await fixture.open();
    const both = () => Promise.all([connectionId(db), connectionId(db)]);
    expect(await connectionsFor(both)).toBe(2);
    expect(await connectionsFor(async () => [await both(), await connectionId(db)])).toBe(0);
  });

  it('reuses the connection that was used last', async () => {
    const db = await fixture.open();
    const ids = [await connectionId(db), await connectionId(db), await connectionId(db)];
    expect(new Set(ids).size).toBe(1);
  });

  it('never has more than max connections; the others wait', async () => {
    const db = await fixture.open({ max: 2 });
    const work = () => Promise.all(Array.from({ length: 10 }, () => run(db, 'SELECT CONNECTION_ID(), SLEEP(0.01)')));
    expect(await connectionsFor(work)).toBe(2);
  });

  it('that is exhausted by transactions says so, and what to do', async () => {
    const db = await fixture.open({ max: 1, acquireTimeoutMs: 1_000 });
    const transaction = await db.begin({}, {});
    const error = await failure(run(db, 'SELECT 1'));
    expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'not-applied' });
    expect(error.message).toMatch(/1 by open transactions.*use tx/);
    await transaction.rollback();
    expect(await value(db, 'SELECT 1')).toBe(1);
  });

  it('is left at once by a caller whose signal is aborted, and nothing was applied', async () => {
    const db = await fixture.open({ max: 1 });
    const transaction = await db.begin({}, {});
    const caller = new AbortController();
    const waiting = failure(run(db, 'SELECT 1', [], caller.signal));
    caller.abort();
    expect(await waiting).toMatchObject({ code: 'ABORTED', outcome: 'not-applied' });
    await transaction.rollback();
  });

  it('replaces unseen a connection that the server ended while it was idle', async () => {
    const db = await fixture.open({ max: 1 });
    await connectionId(db);
    await fixture.killSessions();
    await until(() => fixture.gateway.connections.open === 0);
    expect(await value(db, 'SELECT 1')).toBe(1);
  });

  it('probes a connection that was idle for long, and replaces unseen one that is dead', async () => {
    const db = await fixture.open({ max: 1, idleProbeMs: 1 });
    await connectionId(db);
    // Killed and used again at once: the socket does not know yet.
    await fixture.killSessions();
    expect(await value(db, 'SELECT 1')).toBe(1);
  });

  it('gives nobody the settings that somebody else has made', async () => {
    const db = await fixture.open({ max: 1 });
    await run(db, "SET time_zone = '+09:00', sql_mode = ''");
    expect((await run(db, "SELECT @@time_zone, @@sql_mode = ''")).rows).toEqual([['+00:00', 0]]);
  });

  it('replaces a connection that is older than its lifetime', async () => {
    const db = await fixture.open({ max: 1, maxLifetimeMs: 1 });
    const first = await connectionId(db);
    const start = Date.now();
    await until(() => Date.now() - start > 2);
    expect(await connectionId(db)).not.toBe(first);
    await until(async () => !(await fixture.sessions()).includes(Number(first)));
  });

  it('says goodbye to the server when it closes', async () => {
    const valve = await Valve.open(fixture.address);
    const db = await fixture.open(await fixture.plaintext(valve.port));
    const id = Number(await connectionId(db));
    await db.close();
    const quit = Buffer.from([1, 0, 0, 0, 1]);
    expect(valve.sent.subarray(-quit.length)).toEqual(quit);
    await until(async () => !(await fixture.sessions()).includes(id));
    await valve.close();
  });

  it('closes at once although a statement is running', async () => {
    const db = await fixture.open();
    const running = failure(run(db, 'SELECT SLEEP(1)'));
    await until(async () => (await fixture.running()).some((text) => text.includes('SLEEP(1)')));
    await db.close();
    expect(await running).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    expect(await failure(run(db, 'SELECT 1'))).toMatchObject({ code: 'CLOSED', outcome: 'not-applied' });
  });
});

describe('a connection that is lost', () => {
  it('while a statement runs: nobody knows what became of it; the next one gets another connection', async () => {
    const db = await fixture.open({ max: 1 });
    const running = failure(run(db, 'SELECT SLEEP(30)'));
    await until(async () => (await fixture.running()).some((text) => text.includes('SLEEP(30)')));
    await fixture.killSessions();
    expect(await running).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    expect(await value(db, 'SELECT 1')).toBe(1);
  });

  it('without a word, as by a machine that dies, is noticed as well', async () => {
    const db = await fixture.open({ max: 1 });
    const running = failure(run(db, 'SELECT SLEEP(30)'));
    await until(async () => (await fixture.running()).some((text) => text.includes('SLEEP(30)')));
    fixture.gateway.destroyConnections();
    expect(await running).toMatchObject({ code: 'UNREACHABLE', outcome: 'unknown' });
    await fixture.killSessions();
    expect(await value(db, 'SELECT 1')).toBe(1);
  });
});
