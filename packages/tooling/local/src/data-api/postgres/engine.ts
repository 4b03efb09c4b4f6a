import type { DataApiEngine } from '../engine.ts';
import { ServiceError } from '../errors.ts';
import { postgresQuoting } from '../placeholders.ts';
import { TypeCatalogue } from './columns.ts';
import { openPostgresSession } from './session.ts';

/** PostgreSQL behind the service. One for each server. */
export function postgresDataApi(): DataApiEngine {
  const types = new TypeCatalogue();
  return {
    quoting: postgresQuoting,
    sessionSettings: new Map([
      ['TimeZone', 'UTC'],
      ['DateStyle', 'ISO, MDY'],
    ]),
    isCompound: () => false,
    open: (target, version) => openPostgresSession(target, types, version),
    tooManyConnections: () =>
      new ServiceError(
        'DatabaseErrorException',
        'FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute; SQLState: 53300',
      ),
  };
}
