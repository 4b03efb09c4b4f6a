/**
 * Control characters, which can steer a terminal, and marks that change the direction of text, which can make it read
 * as something else. Line feed and tab stay.
 */
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Whole escape sequences of a terminal: CSI, OSC and its kin, and the two-character ones. */
const SEQUENCE =
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|(?:\u001b[\]PX^_]|[\u009d\u0090\u0098\u009e\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c|$)|\u001b[ -/]*[0-~]/g;

/** A text that came from elsewhere as it may be written to a terminal: nothing in it can steer that. */
export function printable(text: string): string {
  return text.replace(SEQUENCE, '').replace(UNPRINTABLE, '');
}

/** JSON that a terminal can show: the control characters that `JSON.stringify` leaves as they are get escaped too. */
export function printableJson(json: string): string {
  return json.replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** A text in which no URL and no value of an option is left: for words of other libraries, which repeat arguments. */
export function withoutArguments(text: string): string {
  return text.replace(/\b[a-z][a-z0-9+.-]*:\/\/[^\s'"]+/gi, '<url>').replace(/(--[\w-]+)=[^']*/g, '$1');
}
