import type { EngineSource } from '../engine-source.ts';
import { openPostgres } from './engine.ts';
import { startPostgres } from './start.ts';

export const postgresSource: EngineSource = {
  engineName: 'PostgreSQL',
  urlVariable: 'SQLPORT_POSTGRES_URL',
  open: openPostgres,
  start: startPostgres,
};
