import { adapter, fromUrl } from '@sqlport/iam-mysql2';
import { mysql } from '../engines/mysql.ts';
import type { Target, Trust } from './target.ts';
import { tcpTarget, trusted } from './tcp.ts';

/** `iam-mysql2://…` */
export function iamMysql2(url: string, trust: Trust): Target {
  const config = trusted(fromUrl(url), trust);
  return tcpTarget(adapter(config), config, { engine: mysql, defaultPort: 3306 });
}
