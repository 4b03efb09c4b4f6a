import type { Placeholder } from './plan.ts';

/** The text with each of its placeholders replaced, and nothing else changed. */
export function replacePlaceholders(
  text: string,
  placeholders: readonly Placeholder[],
  replacement: (placeholder: Placeholder) => string,
): string {
  let out = '';
  let from = 0;
  for (const placeholder of placeholders) {
    out += text.slice(from, placeholder.start) + replacement(placeholder);
    from = placeholder.end;
  }
  return out + text.slice(from);
}
