import type { Adapter, Session } from '@sqlport/core/spi';
import { wrapAdapter, wrapTransactions } from './wrap-adapter.ts';

/** An adapter that counts what reaches it. */
export interface Recording {
  readonly adapter: Adapter;
  /** How often it was opened. */
  opened: number;
  /** What was sent: the text of each statement, and `begin`, `commit`, `rollback`. */
  readonly sent: string[];
}

/** Wraps an adapter so that a case can tell what was sent, and that nothing was. */
export function recording(adapter: Adapter): Recording {
  const record = (session: Session): Partial<Session> => ({
    execute(statement, options) {
      result.sent.push(statement.text);
      return session.execute(statement, options);
    },
    ...(session.batch && {
      batch(statements, options) {
        result.sent.push(...statements.map(({ text }) => text));
        return session.batch!(statements, options);
      },
    }),
    ...(session.executeMany && {
      executeMany(statements, options) {
        result.sent.push(...statements.map(({ text }) => text));
        return session.executeMany!(statements, options);
      },
    }),
    ...(session.stream && {
      stream(statement, options) {
        result.sent.push(statement.text);
        return session.stream!(statement, options);
      },
    }),
  });
  const wrapped = wrapAdapter(adapter, (driver) => {
    const { begin } = wrapTransactions(driver, (transaction) => ({
      ...record(transaction),
      commit(options) {
        result.sent.push('commit');
        return transaction.commit(options);
      },
      rollback() {
        result.sent.push('rollback');
        return transaction.rollback();
      },
    }));
    return {
      ...record(driver),
      ...(begin && {
        begin(options, call) {
          result.sent.push('begin');
          return begin(options, call);
        },
      }),
    };
  });
  const result: Recording = {
    adapter: {
      ...wrapped,
      open(options) {
        result.opened += 1;
        return wrapped.open(options);
      },
    },
    opened: 0,
    sent: [],
  };
  return result;
}
