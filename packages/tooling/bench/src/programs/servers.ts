/** Starts the engines and their gateways, tells the parent process where they are, and ends with it. */
import { startLocal } from '@sqlport/local';

const local = await startLocal();
process.once('disconnect', () => void local.close());
// An interrupt from the terminal reaches every process; the parent is the one to say when this one ends.
process.on('SIGINT', () => {});
const { 'iam-pg': postgres, 'iam-mysql2': mysql } = local.configs;
process.send!({ 'iam-pg': postgres, 'iam-mysql2': mysql });
