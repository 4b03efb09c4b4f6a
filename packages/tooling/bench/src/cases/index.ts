import type { Case } from '../case.ts';
import { bulkInsert } from './bulk-insert.ts';
import { coldStart } from './cold-start.ts';
import { concurrent } from './concurrent.ts';
import { connect } from './connect.ts';
import { dataApi } from './data-api.ts';
import { insert } from './insert.ts';
import { lexer } from './lexer.ts';
import { selectRow } from './select-row.ts';
import { selectRows } from './select-rows.ts';
import { sizes } from './sizes.ts';
import { stream } from './stream.ts';
import { streamMemory } from './stream-memory.ts';
import { transaction } from './transaction.ts';

/** All cases, in the order of the report. */
export const CASES: readonly Case[] = [
  selectRow,
  selectRows,
  insert,
  transaction,
  bulkInsert,
  concurrent,
  stream,
  streamMemory,
  dataApi,
  connect,
  coldStart,
  sizes,
  lexer,
];
