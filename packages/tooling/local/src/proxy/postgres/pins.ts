import { bareStatements, longestUnpinnedBytes } from '../bare-sql.ts';
import type { PinReason } from '../rds-proxy.ts';

/** Source: RDS user guide, "Conditions that cause pinning for RDS for PostgreSQL". */
const rules: readonly (readonly [PinReason, RegExp])[] = [
  ['SET', /^\s*(?:set\s+(?!local\b|transaction\b|constraints\b)|reset\b)/i],
  ['SET', /\bset_config\s*\((?![^)]*\btrue\s*\))/i],
  ['prepared statement', /^\s*(?:prepare\s+(?!transaction\b)|execute\b|deallocate\b)/i],
  ['cursor', /^\s*declare\b/i],
  ['temporary object', /^\s*create\s+(?:or\s+replace\s+)?(?:(?:global|local)\s+)?(?:temp|temporary)\b/i],
  ['temporary object', /\binto\s+(?:temp|temporary)\b/i],
  ['LISTEN', /^\s*(?:un)?listen\b/i],
  ['DISCARD', /^\s*discard\b/i],
  ['LOAD', /^\s*load\b/i],
  ['sequence', /\b(?:nextval|setval)\s*\(/i],
  ['advisory lock', /\bpg_(?:try_)?advisory_lock(?:_shared)?\s*\(/i],
];

/** Why this text pins its session; undefined when it does not. */
export function pinReason(text: string): PinReason | undefined {
  if (Buffer.byteLength(text) > longestUnpinnedBytes) return 'statement over 16 KB';
  for (const { bare } of bareStatements(text, 'postgres')) {
    const found = rules.find(([, pattern]) => pattern.test(bare));
    if (found) return found[0];
  }
  return undefined;
}
