import { assert } from './assert.ts';
import { util } from './built-in.ts';

/** Fails the case when a text shows anywhere in what people log of an error, an event or an object. */
export function leaksNothing(value: unknown, secrets: readonly string[]): void {
  const shown = [
    util?.inspect(value, { depth: 10 }),
    util?.inspect(value, { depth: 10, getters: true }),
    JSON.stringify(value),
    String(value),
    ...fieldsOf(value),
  ];
  for (const secret of secrets) {
    assert(!shown.some((text) => text?.includes(secret)), 'what is logged of it holds a text that must stay secret');
  }
}

/** The message, the stack, and those of every cause. */
function fieldsOf(value: unknown): string[] {
  const texts: string[] = [];
  for (let error = value; error instanceof Error; error = error.cause) {
    texts.push(error.message, error.stack ?? '', JSON.stringify(error));
  }
  return texts;
}
