import type { Connection } from '@sqlport/core';
import { type ConnectorError, isConnectorError } from '@sqlport/core/spi';
import type { ServerFacts } from '../engines/engine.ts';
import { printable } from '../printable.ts';
import type { Target } from '../strategies/target.ts';
import { type Check, type Finding, failed, ok, warning } from './check.ts';

/** IAM tokens and signed requests are refused beyond 5 minutes. */
const CLOCK_WARNING_MS = 60_000;

/** Logs in by the adapter itself, as an application would, and asks the server about itself. */
export function serverChecks(target: Target, db: Connection, needs: readonly string[]): readonly Check[] {
  const { engine } = target;
  let facts: ServerFacts;
  return [
    {
      name: 'login',
      needs,
      async run() {
        try {
          await db.ping();
          return ok('accepted');
        } catch (error) {
          return isConnectorError(error) ? refused(error, target) : Promise.reject(error);
        }
      },
    },
    {
      name: 'server',
      needs: ['login'],
      async run() {
        facts = await engine.ask(db);
        return ok(`${facts.version}${facts.maxConnections ? `, at most ${facts.maxConnections} connections` : ''}`);
      },
    },
    {
      name: 'time zone',
      needs: ['server'],
      async run() {
        const ahead = Date.now() - facts.now;
        if (Math.abs(ahead) > CLOCK_WARNING_MS) {
          const [amount, where] = [Math.round(Math.abs(ahead) / 1000), ahead > 0 ? 'ahead of' : 'behind'];
          return warning(
            `The clock of this machine is ${amount} s ${where} the server's.`,
            'Set it by NTP: tokens and signatures are refused beyond 5 minutes.',
          );
        }
        if (facts.isUtc) return ok(`${facts.timeZone}, clock within ${CLOCK_WARNING_MS / 1000} s of the server's`);
        return warning(
          `Sessions are in ${facts.timeZone}, and values are exchanged in UTC.`,
          `Set the cluster parameter ${engine.timeZoneParameter} to UTC.`,
        );
      },
    },
    {
      name: 'read and write',
      needs: ['server'],
      async run() {
        if (!facts.readOnly) return ok('the server takes writes');
        return warning(
          'The server is read-only.',
          'For writes use the endpoint of the cluster (….cluster-…), not that of its readers (….cluster-ro-…).',
        );
      },
    },
    {
      name: 'pool',
      needs: [],
      run: async () => ok(target.notes.join('; ')),
    },
  ];
}

/** What the adapter said, and the causes that can be looked at from here. */
function refused(error: ConnectorError, { refusedLogin, summary }: Target): Finding {
  const words = error.serverMessage === undefined ? '' : ` The server: ${printable(error.serverMessage)}`;
  const detail = `${error.code}: ${error.message}${words}`;
  switch (error.code) {
    case 'AUTH':
    case 'PERMISSION':
      return failed(detail, ...refusedLogin);
    case 'CONFIG':
      return failed(
        detail,
        ...(isUnknownDatabase(error) ? [`Create it: CREATE DATABASE ${summary['database']};`] : []),
      );
    case 'THROTTLED':
      return failed(
        detail,
        'Close what holds connections, lower `max` of the pools, or put an RDS Proxy in between.',
        'IAM logins: fewer than 200 new connections a second.',
      );
    case 'RESUMING':
      return failed(detail, 'Run this again in half a minute; the first call of an application waits by itself.');
    case 'UNREACHABLE':
      return failed(detail, 'The server may be starting, failing over or stopped: look at its status and its events.');
    case 'TIMEOUT':
      return failed(detail, 'The server is slow or overloaded: look at its load; raise `connectTimeoutMs` if need be.');
    default:
      return failed(detail);
  }
}

/** `invalid_catalog_name`, and ER_BAD_DB_ERROR. */
function isUnknownDatabase({ sqlState, errno }: ConnectorError): boolean {
  return sqlState === '3D000' || errno === 1049;
}
