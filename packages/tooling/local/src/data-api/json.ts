/** What Node has had since 22 and TypeScript's library does not know yet. */
const json = JSON as unknown as {
  rawJSON(text: string): unknown;
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
};

/** Reads JSON, integers beyond 2^53 as exact `bigint`s. Throws a SyntaxError. */
export const parseJson = (text: string): unknown =>
  json.parse(text, (_, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? '') ? BigInt(source!) : value,
  );

/** Writes JSON: `bigint`s with all their digits, NaN and the infinities as strings. */
export const writeJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) => {
    if (typeof part === 'bigint') return json.rawJSON(String(part));
    if (Object.is(part, -0)) return json.rawJSON('-0.0');
    return typeof part === 'number' && !Number.isFinite(part) ? String(part) : part;
  });

/** Whether a value is a JSON object. */
export const isStructure = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
