import { hostileTexts } from '@sqlport/conformance';
import { type SqlValue, sql } from '@sqlport/core';
import fc from 'fast-check';

type Values = fc.Arbitrary<SqlValue>;

export const text: Values = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 10 }).filter((value) => !value.includes('\0')),
  fc.constantFrom('', "it's", 'a\\b', ':x', '$$', '{a,b}', '007', 'null', 'é', ' x ', '🙂', 'a', 'b', '12'),
  fc.constantFrom(...hostileTexts.map(([, hostile]) => hostile)),
);
export const small: Values = fc.integer({ min: -9, max: 9 });
export const int: Values = fc.oneof(small, fc.integer());
export const big: Values = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 64n - 1n, 2n ** 70n),
);
export const double: Values = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e30, max: 1e30 }),
  fc.constantFrom(0.1, -0, 1e21, 1e-7, 5e-324, 1.7976931348623157e308),
);
export const decimal: Values = fc.oneof(
  fc.constantFrom('0', '1.50', '-12345678.12', '0.01', '99999999.99', '1e3', '.5', '1_000'),
  double,
  int,
);
export const bool: Values = fc.boolean();
export const bytes: Values = fc.uint8Array({ maxLength: 12 });
export const instant: Values = fc.date({
  min: new Date('1971-01-01'),
  max: new Date('2037-12-31'),
  noInvalidDate: true,
});
export const json: Values = fc
  .json({ maxDepth: 2 })
  .map((value) => sql.json(JSON.parse(value.replaceAll('\\u0000', ''))));
export const day: Values = fc.constantFrom('2024-02-29', '1999-12-31', '0001-01-01', '2024-13-01');
export const time: Values = fc.constantFrom('00:00:00', '23:59:59.123456', '12:00');
export const stamp: Values = fc.constantFrom('2024-02-29 12:00:00', '1999-12-31 23:59:59.5', '2024-01-01 00:00:00.123');

/** Instants with a zone of their own. */
export const zoned: Values = fc.oneof(
  instant,
  fc.constantFrom(
    '2024-02-29 12:00:00+09',
    '1999-12-31T23:59:59.999999-03:30',
    '2024-06-01 00:00 Asia/Tokyo',
    '1900-01-01',
  ),
);

/** A value of any of these kinds, where another may be wanted. */
export const anything: Values = fc.oneof(text, int, big, double, bool, bytes, instant, json, day);
