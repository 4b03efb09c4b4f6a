/** A value for a message: unlike JSON it tells 1 from 1n, undefined from null, a Date from its text. */
export function show(value: unknown): string {
  const text = shown(value, 0);
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

function shown(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Date) return `Date(${Number.isNaN(value.getTime()) ? 'invalid' : value.toISOString()})`;
  if (value instanceof Uint8Array) return `bytes(${hex(value)})`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (depth > 5) return '…';
  if (Array.isArray(value)) return `[${value.map((element) => shown(element, depth + 1)).join(', ')}]`;
  const fields = Object.keys(value).map(
    (key) => `${key}: ${shown((value as Record<string, unknown>)[key], depth + 1)}`,
  );
  return `{${fields.join(', ')}}`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
