import assert from 'node:assert/strict';
import { startLocal } from '@sqlport/local';
import { type Servers, STRATEGIES } from './environment.ts';
import { runCommand } from './run-command.ts';

/** Runs the command line that is installed in `folder` on every strategy, as a user would. Throws where it is wrong. */
export async function runCommandLine(folder: string, servers: Servers, signal: AbortSignal): Promise<void> {
  await using local = await startLocal({ postgres: { url: servers.postgres }, mysql: { url: servers.mysql } });
  const { configs, urls } = await local.createDatabase();
  const [prefix] = configs['tidb-serverless'].user.split('.');
  const env = {
    AWS_REGION: local.region,
    AWS_ACCESS_KEY_ID: local.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: local.credentials.secretAccessKey,
    SQLPORT_CA: local.ca,
    SQLPORT_TIDB_ENDPOINT: `http://${prefix}@127.0.0.1:${local.endpoints['tidb-serverless'].port}`,
  };
  const sqlport = (...args: readonly string[]): Promise<string> =>
    runCommand(['npx', '--no-install', 'sqlport', ...args], folder, signal, env);

  const help = await sqlport('--help');
  for (const command of ['doctor', 'query', 'policy', 'token', 'local'])
    assert.match(help, new RegExp(`^ +${command}`, 'm'));
  await Promise.all(
    STRATEGIES.map(async (strategy) => {
      assert.match(await sqlport('doctor', urls[strategy]), /✓/);
      assert.equal(await sqlport('query', urls[strategy], 'select 42 as answer', '--format', 'csv'), 'answer\n42\n');
    }),
  );
}
