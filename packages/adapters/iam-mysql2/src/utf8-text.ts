/** Node's own decoder, which `toString` comes down to; undocumented, and two thirds of the time for a short text. */
type Utf8Slice = (this: Buffer, start: number, end: number) => string;

const { utf8Slice } = Buffer.prototype as { utf8Slice?: Utf8Slice };

/** The text in a part of a buffer. */
export const utf8Text: (buffer: Buffer, start: number, end: number) => string =
  utf8Slice === undefined
    ? (buffer, start, end) => buffer.toString('utf8', start, end)
    : (buffer, start, end) => utf8Slice.call(buffer, start, end);
