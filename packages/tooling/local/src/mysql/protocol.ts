import type { Protocol } from '../endpoint.ts';
import { openMysql } from './engine.ts';
import { serveMysql } from './gateway.ts';
import { startMysql } from './start.ts';

export const mysqlProtocol: Protocol = {
  engineName: 'MySQL',
  urlVariable: 'SQLPORT_MYSQL_URL',
  resourceId: 'cluster-LOCALMYSQL',
  serve: serveMysql,
  open: openMysql,
  start: startMysql,
};
