import type { Dialect, Statement } from '@sqlport/dialect';
import { commitsTransaction } from './commits-by-itself.ts';
import { ConnectorError, isConnectorError, revised } from './errors.ts';
import { throwIfInterrupted } from './interruption.ts';
import type { Driver, DriverTransaction, ExecuteOptions, RawResult, Session } from './spi/driver.ts';

/** The driver's own way to run all of the statements or none; undefined where it has none. */
export function batchOf(session: Session, wanted: 'wanted' | 'unwanted'): Session['batch'] {
  const { executeMany, batch } = session;
  if (wanted === 'wanted' || executeMany === undefined) return batch?.bind(session);
  return async (statements, call) => {
    await executeMany.call(session, statements, call);
    return [];
  };
}

/** All of the statements or none, in a transaction of their own: the fallback for a driver without `batch`. */
export async function batchInTransaction(
  driver: Driver,
  dialect: Dialect,
  statements: readonly Statement[],
  call: ExecuteOptions,
  wanted: 'wanted' | 'unwanted',
): Promise<readonly RawResult[]> {
  if (driver.begin === undefined) {
    throw new ConnectorError(
      'UNSUPPORTED',
      'This strategy has no transactions, so it cannot run several statements as one.',
    );
  }
  const transaction = await driver.begin({}, call);
  const together = batchOf(transaction, wanted);
  /** Whether a procedure was sent that may have committed. Of those that go together nobody can tell which were sent. */
  let stays = together !== undefined && statements.some(({ text }) => commitsTransaction(text, dialect));
  const execute = (statement: Statement): Promise<RawResult> => {
    stays ||= commitsTransaction(statement.text, dialect);
    return transaction.execute(statement, call);
  };
  let results: readonly RawResult[];
  try {
    results = await (together?.(statements, call) ?? inOrder(statements, call, execute));
  } catch (error) {
    const isRolledBack = await transaction.rollback().then(
      () => true,
      () => false,
    );
    throw ofWholeBatch(takenBack(error, isRolledBack), stays);
  }
  await transaction.commit(call).catch((error) => Promise.reject(ofWholeBatch(error, stays)));
  return results;
}

/** What an error says of a batch in a transaction of its own, of which its caller knows nothing. */
function ofWholeBatch(error: unknown, stays: boolean): unknown {
  if (!isConnectorError(error) || error.outcome === 'unknown') return error;
  if (stays) return revised(error, { outcome: 'unknown' });
  // The server's own have numbers: they are about the statement.
  const isLost = error.code === 'TRANSACTION' && error.sqlState === undefined && error.errno === undefined;
  return isLost ? revised(error, { code: 'UNREACHABLE', message: LOST }) : error;
}

const LOST = 'The connection was lost before COMMIT: nothing of the batch stays.';

/**
 * All of the statements or none, inside an open transaction, which goes on afterwards. An error with outcome
 * `unknown` means that the transaction is not to be used any more.
 */
export async function batchInSavepoint(
  driver: DriverTransaction,
  savepoint: string,
  statements: readonly Statement[],
  call: ExecuteOptions,
  wanted: 'wanted' | 'unwanted',
  repeated: <T>(work: () => Promise<T>) => Promise<T>,
): Promise<readonly RawResult[]> {
  const command = (text: string) => repeated(() => driver.execute({ text, params: [] }, call));
  await command(`savepoint ${savepoint}`);
  try {
    const results = await (batchOf(driver, wanted)?.(statements, call) ??
      inOrder(statements, call, (statement) => repeated(() => driver.execute(statement, call))));
    await command(`release savepoint ${savepoint}`);
    return results;
  } catch (error) {
    if (call.signal?.aborted || !isConnectorError(error) || error.outcome === 'unknown') throw error;
    const isRolledBack = await command(`rollback to savepoint ${savepoint}`)
      .then(() => command(`release savepoint ${savepoint}`))
      .then(
        () => true,
        () => false,
      );
    throw isRolledBack ? takenBack(error, true) : revised(error, { outcome: 'unknown' });
  }
}

async function inOrder(
  statements: readonly Statement[],
  { signal }: ExecuteOptions,
  run: (statement: Statement) => Promise<RawResult>,
): Promise<readonly RawResult[]> {
  const results: RawResult[] = [];
  for (const statement of statements) {
    throwIfInterrupted(signal);
    results.push(await run(statement));
  }
  throwIfInterrupted(signal);
  return results;
}

/**
 * A statement that ran, and whose result could not be delivered, went with the rollback; if that was one, and if the
 * statement has not ended the transaction itself.
 */
function takenBack(error: unknown, isRolledBack: boolean): unknown {
  if (!isConnectorError(error) || error.outcome !== 'applied') return error;
  return revised(error, { outcome: isRolledBack && error.code !== 'TRANSACTION' ? 'not-applied' : 'unknown' });
}
