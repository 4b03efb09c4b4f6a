import { expect, it } from 'vitest';
import { MessageWriter } from '../src/encode.ts';

const int16 = (value: number) => Buffer.from([value >> 8, value & 255]);
const int32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
};
const message = (type: string, ...parts: (Buffer | string)[]) => {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)));
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
};

it('an exchange is what the manual of PostgreSQL says', () => {
  const writer = new MessageWriter();
  writer.close('S', 'old');
  writer.parse('name', 'SELECT $1, $2, $3');
  writer.bind('portal', 'name', ['é€😀', null, '']);
  writer.describe('portal');
  writer.execute('portal', 7);
  writer.sync();
  const text = Buffer.from('é€😀');
  const bound = [int16(0), int16(3), int32(text.length), text, int32(-1), int32(0), int16(0)];
  expect(Buffer.from(writer.take())).toEqual(
    Buffer.concat([
      message('C', 'Sold\0'),
      message('P', 'name\0SELECT $1, $2, $3\0', int16(0)),
      message('B', 'portal\0name\0', ...bound),
      message('D', 'Pportal\0'),
      message('E', 'portal\0', int32(7)),
      message('S'),
    ]),
  );
});

it('texts of every length around the size of the buffer are written whole, one after another', () => {
  const writer = new MessageWriter();
  for (const around of [1_365, 4_096, 5_461, 16_384, 32_768]) {
    for (let length = around - 60; length < around + 20; length++) {
      for (const character of ['x', '€']) {
        const text = character.repeat(length);
        writer.parse('', text);
        writer.sync();
        const wanted = Buffer.concat([message('P', `\0${text}\0`, int16(0)), message('S')]);
        expect(Buffer.compare(writer.take(), wanted)).toBe(0);
      }
    }
  }
});

it('what was taken does not change when more is written', () => {
  const writer = new MessageWriter();
  for (const length of [10, 10_000]) {
    writer.parse('', 'a'.repeat(length));
    const taken = writer.take();
    const copy = Buffer.from(taken);
    writer.parse('', 'b'.repeat(length));
    writer.take();
    expect(Buffer.compare(taken, copy)).toBe(0);
  }
});
