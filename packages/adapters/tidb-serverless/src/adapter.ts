import { type Adapter, loadPackage, type OpenOptions, type Traits } from '@sqlport/core/spi';
import { NAME, settingsOf, type TidbServerlessConfig } from './config.ts';

const TRAITS: Traits = {
  dialect: 'mysql',
  transactions: true,
  // The driver's `begin` takes these two. On TiDB, repeatable read is snapshot isolation; there is no serializable.
  isolationLevels: ['read committed', 'repeatable read'],
  // The wire has no cursor: a result comes whole, in one answer.
  streams: 'buffered',
  interleavedStreams: true,
  // An abort ends the request; nobody says what the server does then.
  serverCancel: false,
  readers: false,
  // What a gateway takes is nowhere written down; 1 MiB is the least that HTTP servers take by default.
  maxStatementBytes: 1_000_000,
  // Literals: the text's length is the only limit.
  maxParameters: 1_000_000,
};

/**
 * TiDB Cloud over HTTPS with `@tidbcloud/serverless`. Opens and loads nothing yet; there is no connection, each statement is a request.
 * Throws `CONFIG` that names the wrong field.
 */
export function tidbServerless(config: TidbServerlessConfig): Adapter {
  const settings = settingsOf(config);
  return {
    specVersion: 1,
    name: NAME,
    traits: TRAITS,
    async open({ values }: OpenOptions) {
      const { TidbDriver } = await loadPackage('@tidbcloud/serverless', () => import('./driver.ts'));
      return new TidbDriver(settings, values);
    },
  };
}
