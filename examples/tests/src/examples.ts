import { join } from 'node:path';

/** Where the examples are: in this repository; or where a user has copied and installed them, by the environment. */
export const EXAMPLES = process.env['SQLPORT_EXAMPLES'] ?? join(import.meta.dirname, '../..');
