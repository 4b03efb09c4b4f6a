import type { DataApiEngine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { mysqlQuoting } from '../placeholders.ts';
import { openMysqlSession } from './session.ts';

/** MySQL behind the service. One for each server. */
export function mysqlDataApi(): DataApiEngine {
  return {
    quoting: mysqlQuoting,
    sessionSettings: new Map(),
    isCompound: (sql) => /^\s*create\b.*\b(procedure|function|trigger|event)\b/is.test(sql),
    open: openMysqlSession,
    tooManyConnections: () =>
      new ServiceError('DatabaseErrorException', 'Too many connections; Error code: 1040; SQLState: 08004'),
  };
}
