import { sql } from '@sqlport/core';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Fixture } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterEach(() => fixture.setSession());
afterAll(() => fixture.stop());

const SQL_MODES = ['STRICT_TRANS_TABLES', 'STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES', 'ANSI_QUOTES,PIPES_AS_CONCAT'];
const CHARACTER_SETS = ['utf8mb4', 'latin1', 'gbk', 'sjis'];

/** Pieces that have ended literals, opened comments, or eaten quotes as a trail byte. */
const HOSTILE = [
  ...[
    "'",
    '"',
    '`',
    '\\',
    "\\'",
    '\\\\',
    "''",
    '\0',
    '\n',
    '\r',
    '\x1a',
    '\t',
    '\b',
    '%',
    '_',
    '?',
    ':a',
    '$1',
    ';',
    '#',
  ],
  ...[
    '-- ',
    '/*',
    '*/',
    '/*!',
    "' or 1=1 -- ",
    "x' for key 'y",
    '\xbf',
    '\xbf\x27',
    '\u8868',
    '\u30bd',
    '¥',
    '＇',
    'ʼ',
    '🙂',
    '日本',
    'é',
  ],
];
const hostileText = fc.array(fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: 'grapheme' })), { maxLength: 8 });

describe.each(SQL_MODES)('under sql_mode %s', (mode) => {
  it.each(CHARACTER_SETS)('and character set %s any text comes back byte for byte', async (characterSet) => {
    fixture.setSession({
      sql_mode: mode,
      character_set_client: characterSet,
      character_set_connection: characterSet,
    });
    const db = fixture.connect();
    await fc.assert(
      fc.asyncProperty(hostileText, hostileText, async (first, second) => {
        const [a, b] = [first.join(''), second.join('')];
        // As bytes too: what a collation takes for equal is not.
        const row = await db.one(sql`select ${a} as a, ${b} as b, hex(${a}) as bytes, 'end' as c`);
        expect(row).toEqual({ a, b, bytes: Buffer.from(a).toString('hex').toUpperCase(), c: 'end' });
      }),
      { numRuns: 40 },
    );
  });
});

it('bytes, numbers and dates come back as they went', async () => {
  const db = fixture.connect();
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 40 }),
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.date({ min: new Date('1970-01-02'), max: new Date('2037-12-31'), noInvalidDate: true }),
      async (bytes, integer, double, date) => {
        const statement = sql`select ${bytes} as bytes, ${integer} as i, 0e0 + ${double} as d, timestamp(${date}) as t`;
        expect(await db.one(statement)).toEqual({
          bytes,
          i: integer,
          d: double === 0 ? expect.closeTo(0) : double,
          t: expect.stringContaining(date.toISOString().replace('T', ' ').slice(0, 23)),
        });
      },
    ),
    { numRuns: 60 },
  );
});
