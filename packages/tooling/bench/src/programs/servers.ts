/** Starts the engines and their endpoints, tells the parent process where they are, and ends with it. */
import { startLocal } from '@sqlport/local';

const local = await startLocal();
process.once('disconnect', () => void local.close());
// An interrupt from the terminal reaches every process; the parent is the one to say when this one ends.
process.on('SIGINT', () => {});
const strategies = ['iam-pg', 'iam-mysql2', 'data-api-postgres', 'data-api-mysql'] as const;
// As far away as a service of the same region is.
for (const name of ['data-api-postgres', 'data-api-mysql'] as const) {
  local.endpoints[name].faults.add({ latencyMs: 5, operation: 'ExecuteStatement' });
}
process.send!(Object.fromEntries(strategies.map((name) => [name, local.configs[name]])));
