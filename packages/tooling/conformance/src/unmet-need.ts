import type { Traits } from '@sqlport/core';
import { diagnosticsChannel } from './built-in.ts';
import type { Case, Need } from './case.ts';
import type { FaultName } from './fault.ts';
import type { Target } from './target.ts';

/** Why a case cannot run on a target, or undefined where it can. Nothing else ever skips a case. */
export function unmetNeed(
  { dialects, needs = [] }: Pick<Case, 'dialects' | 'needs'>,
  target: Target,
  traits: Traits,
): string | undefined {
  if (dialects !== undefined && !dialects.includes(target.dialect)) return `for ${dialects.join(', ')} only`;
  const missing = needs.find((need) => !isMet(need, target, traits));
  return missing === undefined ? undefined : `needs ${missing}`;
}

const LEVELS = ['read uncommitted', 'read committed', 'repeatable read', 'serializable'] as const;

function isMet(need: Need, target: Target, traits: Traits): boolean {
  switch (need) {
    case 'transactions':
      return traits.transactions;
    case 'no transactions':
      return !traits.transactions;
    case 'incremental streams':
      return traits.streams === 'incremental';
    case 'interleaved streams':
      return traits.transactions && traits.interleavedStreams;
    case 'no interleaved streams':
      return traits.transactions && !traits.interleavedStreams;
    case 'server cancel':
      return traits.serverCancel;
    case 'readers':
      return traits.readers;
    case 'no readers':
      return !traits.readers;
    case 'own connections':
      return target.wire !== 'requests';
    case 'adapter module':
      return target.module !== undefined;
    case 'URLs that name a server':
      return target.module !== undefined && target.module.urlsNameServers !== false;
    case 'tracing channels':
      return diagnosticsChannel !== undefined;
    case 'a missing isolation level':
      return traits.transactions && LEVELS.some((level) => !traits.isolationLevels.includes(level));
    case 'read uncommitted':
    case 'read committed':
    case 'repeatable read':
    case 'serializable':
      return traits.transactions && traits.isolationLevels.includes(need);
    default:
      return target.faults?.[need.slice('fault: '.length) as FaultName] !== undefined;
  }
}
