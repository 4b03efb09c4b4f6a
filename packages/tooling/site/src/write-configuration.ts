/**
 *     npm run docs:configuration [-- --write]
 */
import { configurationPage, writeConfigurationPage, writtenPage } from './configuration.ts';

if (process.argv.includes('--write')) {
  writeConfigurationPage();
} else if (configurationPage() !== writtenPage()) {
  console.error('docs/configuration.md is stale: npm run docs:configuration -- --write');
  process.exitCode = 1;
}
