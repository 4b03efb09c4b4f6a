import type { Protocol } from '../endpoint.ts';
import { openPostgres } from './engine.ts';
import { servePostgres } from './gateway.ts';
import { startPostgres } from './start.ts';

export const postgresProtocol: Protocol = {
  engineName: 'PostgreSQL',
  urlVariable: 'SQLPORT_POSTGRES_URL',
  resourceId: 'cluster-LOCALPOSTGRESQL',
  serve: servePostgres,
  open: openPostgres,
  start: startPostgres,
};
