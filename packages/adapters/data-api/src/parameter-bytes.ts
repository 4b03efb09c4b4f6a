import type { SqlParameter } from '@aws-sdk/client-rds-data';
import { utf8Length } from './utf8-length.ts';

/** How a parameter is wrapped in JSON: `{"name":"sqlport_1","value":{"stringValue":""},"typeHint":"DECIMAL"},`. */
const WRAPPING_BYTES = 80;
/** Longest of what is neither a text nor bytes. */
const SHORT_BYTES = 24;

/** Bytes of a parameter in the JSON of a request, rather too many. */
export function parameterBytes({ value = {} as never }: SqlParameter): number {
  const { stringValue, blobValue } = value;
  if (stringValue !== undefined) return WRAPPING_BYTES + jsonBytes(stringValue);
  if (blobValue !== undefined) return WRAPPING_BYTES + Math.ceil(blobValue.length / 3) * 4;
  return WRAPPING_BYTES + SHORT_BYTES;
}

/** Bytes of a text in JSON. */
export function jsonBytes(text: string): number {
  return utf8Length(JSON.stringify(text));
}
