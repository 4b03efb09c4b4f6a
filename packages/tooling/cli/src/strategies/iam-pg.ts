import { adapter, fromUrl } from '@sqlport/iam-pg';
import { postgres } from '../engines/postgres.ts';
import type { Target, Trust } from './target.ts';
import { tcpTarget, trusted } from './tcp.ts';

/** `iam-pg://…` */
export function iamPg(url: string, trust: Trust): Target {
  const config = trusted(fromUrl(url), trust);
  return tcpTarget(adapter(config), config, { engine: postgres, defaultPort: 5432 });
}
