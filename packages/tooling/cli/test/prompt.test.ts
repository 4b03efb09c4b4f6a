import { lstat, mkdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { type IPty, spawn } from '@lydell/node-pty';
import { until } from '@sqlport/conformance/driver';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { Fixture, PROGRAM } from './fixture.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';
const UP = '\u001b[A';

let fixture: Fixture;
let admin: pg.Client;
let terminal: Terminal;
beforeAll(async () => {
  fixture = await Fixture.start({ mysql: false });
  admin = await inDatabase();
});
afterAll(async () => {
  await admin.end();
  await fixture.stop();
});
beforeEach(async () => {
  terminal = new Terminal();
  await terminal.shows('> ');
});
afterEach(() => terminal.end());

/** The program in a terminal. */
class Terminal {
  readonly exit: Promise<number>;
  readonly #pty: IPty;
  #output = '';
  #read = 0;
  #ended = false;

  constructor(env: Readonly<Record<string, string>> = {}) {
    this.#pty = spawn(process.execPath, [PROGRAM, 'query', fixture.url('iam-pg')], {
      cols: 100,
      rows: 30,
      cwd: fixture.directory,
      env: { ...fixture.env, TERM: 'xterm-256color', ...env },
    });
    this.#pty.onData((data) => {
      this.#output += data;
    });
    this.exit = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode }) => {
        this.#ended = true;
        resolve(exitCode);
      });
    });
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  /** Waits for a text to appear after what was waited for before. Returns everything up to it. */
  async shows(text: string | RegExp): Promise<string> {
    const rest = () => this.#plain.slice(this.#read);
    const hit = () => (typeof text === 'string' ? text : text.exec(rest())?.[0]);
    await until(() => rest().includes(hit() ?? '\0')).catch(() => {
      throw new Error(`${text} was not shown, but:\n${rest()}`);
    });
    const shown = rest().slice(0, rest().indexOf(hit()!) + hit()!.length);
    this.#read += shown.length;
    return shown;
  }

  async end(): Promise<void> {
    if (!this.#ended) this.#pty.kill('SIGKILL');
    await this.exit;
  }

  get #plain(): string {
    return stripVTControlCharacters(this.#output);
  }
}

const history = () => join(fixture.directory, 'state/sqlport/history');

test('runs statements of several lines, several on a line, and goes on after a failure', async () => {
  terminal.type("select 'a;b' as text,\r");
  await terminal.shows('...> ');
  terminal.type('2 as two;\r');
  expect(await terminal.shows('1 row,')).toMatch(/│ a;b +│ +2 │/);
  terminal.type('select 1/0; select 5 as never;\r');
  const failure = await terminal.shows('division by zero');
  expect(failure).not.toContain('never │');
  await terminal.shows('> ');
  terminal.type('select 3 as one; select 4 as another;\r');
  await terminal.shows('another');
  await terminal.shows('1 row,');
  terminal.type('\\q\r');
  expect(await terminal.exit).toBe(0);
});

test('a transaction lasts over several statements, and ends with the prompt', async () => {
  terminal.type('create table prompt (id int);\r');
  await terminal.shows('0 affected');
  terminal.type('begin;\r');
  await terminal.shows('*> ');
  terminal.type('insert into prompt values (1);\r');
  await terminal.shows('1 affected');
  terminal.type('commit;\r');
  await terminal.shows('> ');
  terminal.type('begin; insert into prompt values (2);\r');
  await terminal.shows('1 affected');
  terminal.type(CTRL_D);
  expect(await terminal.exit).toBe(0);
  expect((await admin.query('select id from prompt')).rows).toEqual([{ id: 1 }]);
});

test('Ctrl-C cancels what runs, on the server too, and not the prompt; otherwise it drops what was typed', async () => {
  terminal.type('select pg_sleep(63);\r');
  await until(async () => (await running()) === 1);
  terminal.type(CTRL_C);
  await terminal.shows('ABORTED');
  await until(async () => (await running()) === 0);
  await terminal.shows('> ');
  terminal.type(`select nonsense${CTRL_C}`);
  await terminal.shows('> ');
  terminal.type('select 7 as seven;\r');
  expect(await terminal.shows('1 row,')).toContain('seven');
});

test('something turns while a statement takes long', async () => {
  const holder = await inDatabase();
  await holder.query('select pg_advisory_lock(77)');
  terminal.type('select pg_advisory_lock(77);\r');
  await terminal.shows(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] \d+ s/);
  await terminal.shows(/ [1-9]\d* s/);
  await holder.end();
  await terminal.shows('1 row,');
});

test('keeps statements for the next time, for the owner alone, but none with a password', async () => {
  terminal.type("select 'first' as kept,\r'line' as second;\r");
  await terminal.shows('1 row,');
  terminal.type("create user nobody\rpassword 'hunter2' nonsense;\r");
  await terminal.shows('✗');
  await terminal.shows('> ');
  terminal.type(`${UP}\r`);
  expect(await terminal.shows('1 row,')).toContain("select 'first' as kept, 'line' as second;");
  terminal.type('exit\r');
  await terminal.exit;
  const kept = await readFile(history(), 'utf8');
  expect(kept.trim().split('\n').at(-1)).toBe("select 'first' as kept, 'line' as second;");
  expect(kept).not.toMatch(/hunter2|create user/);
  expect((await stat(history())).mode & 0o777).toBe(0o600);

  const next = new Terminal();
  await next.shows('> ');
  next.type(`${UP}\r`);
  expect(await next.shows('1 row,')).toContain('line');
  await next.end();
});

test('does not write its history through a link', async () => {
  const state = join(fixture.directory, 'other-state');
  await mkdir(join(state, 'sqlport'), { recursive: true });
  const target = join(fixture.directory, 'target');
  await writeFile(target, 'untouched');
  await symlink(target, join(state, 'sqlport/history'));
  const linked = new Terminal({ XDG_STATE_HOME: state });
  await linked.shows('> ');
  linked.type('select 1;\r');
  await linked.shows('1 row,');
  await linked.end();
  expect((await lstat(join(state, 'sqlport/history'))).isSymbolicLink()).toBe(true);
  expect(await readFile(target, 'utf8')).toBe('untouched');
});

async function running(): Promise<number> {
  const text = "select count(*)::int as n from pg_stat_activity where state = 'active' and query like '%pg_sleep(63)%'";
  return (await admin.query(`${text} and pid <> pg_backend_pid()`)).rows[0].n;
}

/** A client past the program and the gateway. */
async function inDatabase(): Promise<pg.Client> {
  const url = new URL((inject('sqlportLocal').postgres as { url: string }).url);
  url.pathname = fixture.database.name;
  const client = new pg.Client(url.href);
  await client.connect();
  return client;
}
