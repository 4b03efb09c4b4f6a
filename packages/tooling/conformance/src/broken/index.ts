import { brokenErrors } from './errors.ts';
import type { Sabotage } from './sabotage.ts';
import { brokenTransactions } from './transactions.ts';
import { brokenValues } from './values.ts';

export type { Sabotage } from './sabotage.ts';

/** Every driver that is broken on purpose, with the case that must notice. */
export const sabotages: readonly Sabotage[] = [...brokenValues, ...brokenErrors, ...brokenTransactions];
