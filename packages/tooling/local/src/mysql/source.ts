import type { EngineSource } from '../engine-source.ts';
import { openMysql } from './engine.ts';
import { startMysql } from './start.ts';

export const mysqlSource: EngineSource = {
  engineName: 'MySQL',
  urlVariable: 'SQLPORT_MYSQL_URL',
  open: openMysql,
  start: startMysql,
};
