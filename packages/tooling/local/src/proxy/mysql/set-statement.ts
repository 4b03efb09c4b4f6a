/**
 * Variables and statements that RDS Proxy follows instead of pinning on them. Source: RDS user guide, "What RDS Proxy
 * tracks for RDS for MariaDB and RDS for MySQL databases".
 */
const tracked = new Set([
  'autocommit',
  'auto_increment_increment',
  'character_set_client',
  'character_set_connection',
  'character_set_database',
  'character_set_filesystem',
  'character_set_results',
  'character_set_server',
  'collation_connection',
  'collation_database',
  'collation_server',
  'interactive_timeout',
  'net_write_timeout',
  'query_cache_type',
  'session_track_schema',
  'sql_mode',
  'time_zone',
  'transaction_isolation',
  'transaction_read_only',
  'tx_isolation',
  'tx_read_only',
  'wait_timeout',
]);

export interface SetStatement {
  /** Tracked assignments: the name, and what to SET again on another connection. */
  readonly tracked: readonly (readonly [name: string, assignment: string])[];
  /** Whether there is anything that is not tracked. */
  readonly others: boolean;
  /** `SET TRANSACTION`, for the next transaction only. */
  readonly nextTransaction: boolean;
}

/**
 * Reads a SET statement; undefined for any other.
 *
 * @param bare the statement without quoted texts and comments, of the same length
 */
export function readSet(bare: string, text: string): SetStatement | undefined {
  const start = /^\s*set\b/i.exec(bare);
  if (!start) return undefined;
  if (/^\s*set\s+transaction\b/i.test(bare)) return { tracked: [], others: false, nextTransaction: true };
  const found: [string, string][] = [];
  let others = false;
  for (const [from, to] of partsAt(bare, start[0].length)) {
    const [bareItem, item] = [bare.slice(from, to), text.slice(from, to).trim()];
    const name = trackedName(bareItem);
    if (name) found.push([name, item]);
    else others = true;
  }
  return { tracked: found, others, nextTransaction: false };
}

function trackedName(assignment: string): string | undefined {
  const words = assignment.trim().toLowerCase();
  if (/^names\b/.test(words)) return 'names';
  if (/^(?:character\s+set|charset|char\s+set)\b/.test(words)) return 'character set';
  if (/^(?:session|local)\s+transaction\b/.test(words)) {
    return /\bread\s+(?:only|write)\b/.test(words) ? 'transaction_read_only' : 'transaction_isolation';
  }
  const name = /^(?:(?:session|local)\s+|@@(?:session\.|local\.)?)?(\w+)\s*:?=/.exec(words)?.[1];
  return name && tracked.has(name) ? name : undefined;
}

/** Where the parts between commas outside of parentheses begin and end. */
function partsAt(bare: string, start: number): [number, number][] {
  const parts: [number, number][] = [];
  let depth = 0;
  let from = start;
  for (let i = start; i <= bare.length; i++) {
    if (bare[i] === '(') depth++;
    else if (bare[i] === ')') depth--;
    else if (i === bare.length || (bare[i] === ',' && depth === 0)) {
      parts.push([from, i]);
      from = i + 1;
    }
  }
  return parts;
}
