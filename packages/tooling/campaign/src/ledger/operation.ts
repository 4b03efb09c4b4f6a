import { type Connection, type QueryOptions, sql, type Transaction } from '@sqlport/core';
import type { Random } from '../random.ts';

/** Told at each step of an operation, just before the step is sent. */
type AtStep = (step: number) => Promise<void>;

/** What an operation does when it runs. */
interface Run {
  readonly db: Connection;
  /** Unique in the ledger. */
  readonly number: number;
  readonly atStep: AtStep;
  readonly options: QueryOptions;
}

/** Money that a transfer moves. `from` is below `to`: locks are taken in one order. */
export interface Move {
  readonly from: number;
  readonly to: number;
  readonly amount: number;
}

/** A kind of work whose traces in the database tell whether it was done. */
export interface Operation {
  readonly name: string;
  /** How many steps there are to strike at; the last is before COMMIT where there is a transaction. */
  readonly steps: number;
  /** From this step on, whoever loses the connection cannot know whether it was done; before, it certainly was not. */
  readonly decisiveStep: number;
  /** The parts in table `entry` that it leaves when it was done. */
  readonly parts: readonly number[];
  /** Whether it adds one to its slot. */
  readonly slot: boolean;
  /** Rejects when it gets rows that are not its own, with {@link ForeignRows}. */
  run(run: Run): Promise<void>;
}

/** Rows came that belong to another statement. */
export class ForeignRows extends Error {
  override name = 'ForeignRows';
}

/** The body of a transaction has failed by itself: the transaction is to leave nothing. */
class OwnFailure extends Error {}

export const ACCOUNTS = 8;
export const SHELF = 30;
const BULK = 40;

const insert = (number: number, part: number) => sql`insert into entry (op, part) values (${number}, ${part})`;
const fill = (number: number) => sql`update slot set n = n + 1 where op = ${number}`;

/** The same draws for the same number: what a transfer moved can be told afterwards. */
export function moveOf(random: Random): Move {
  const from = random.integer(1, ACCOUNTS - 1);
  return { from, to: random.integer(from + 1, ACCOUNTS), amount: random.integer(1, 99) };
}

/** Asks for a number, and rejects with {@link ForeignRows} where another answer comes. */
async function checkTag(db: Connection | Transaction, number: number, options?: QueryOptions): Promise<void> {
  const { rows } = await db.query<{ tag: number }>(sql`select cast(${number} as decimal(12)) as tag`, options);
  if (rows.length !== 1 || Number(rows[0]!.tag) !== number) throw new ForeignRows();
}

/** A transaction of a transfer, as every user writes it. */
function transfer(move: (number: number) => Move): Operation {
  return {
    name: 'transfer',
    steps: 5,
    decisiveStep: 4,
    parts: [0],
    slot: false,
    async run({ db, number, atStep, options: { signal, timeoutMs } }) {
      const { from, to, amount } = move(number);
      const within = { timeoutMs };
      await atStep(0);
      await db.transaction(
        async (tx) => {
          await atStep(1);
          await tx.query(sql`update account set balance = balance - ${amount} where id = ${from}`, within);
          await atStep(2);
          await tx.query(sql`update account set balance = balance + ${amount} where id = ${to}`, within);
          await atStep(3);
          await tx.query(insert(number, 0), within);
          await atStep(4);
        },
        { signal, timeoutMs },
      );
    },
  };
}

/** All kinds of work; `move` says what the transfer of a number moves. */
export function operationsOf(move: (number: number) => Move): readonly Operation[] {
  return [
    {
      name: 'insert',
      steps: 1,
      decisiveStep: 0,
      parts: [0],
      slot: false,
      async run({ db, number, atStep, options }) {
        await atStep(0);
        await db.query(insert(number, 0), options);
      },
    },
    {
      name: 'update',
      steps: 1,
      decisiveStep: 0,
      parts: [],
      slot: true,
      async run({ db, number, atStep, options }) {
        await atStep(0);
        await db.query(fill(number), options);
      },
    },
    {
      name: 'read',
      steps: 1,
      decisiveStep: 0,
      parts: [],
      slot: false,
      async run({ db, number, atStep, options }) {
        await atStep(0);
        await checkTag(db, number, options);
      },
    },
    transfer(move),
    {
      name: 'savepoint',
      steps: 5,
      decisiveStep: 4,
      parts: [0],
      slot: false,
      async run({ db, number, atStep, options: { signal, timeoutMs } }) {
        const within = { timeoutMs };
        await atStep(0);
        await db.transaction(
          async (tx) => {
            await atStep(1);
            await tx.query(insert(number, 0), within);
            await tx
              .transaction(
                async (nested) => {
                  await atStep(2);
                  await nested.query(insert(number, 1), within);
                  await atStep(3);
                  throw new OwnFailure();
                },
                { timeoutMs },
              )
              .catch(unlessOwn);
            await atStep(4);
          },
          { signal, timeoutMs },
        );
      },
    },
    {
      name: 'given up',
      steps: 4,
      // It is rolled back, whatever happens.
      decisiveStep: 4,
      parts: [],
      slot: false,
      async run({ db, number, atStep, options: { signal, timeoutMs } }) {
        const within = { timeoutMs };
        await atStep(0);
        await db
          .transaction(
            async (tx) => {
              await atStep(1);
              await tx.query(insert(number, 0), within);
              await atStep(2);
              await checkTag(tx, number, within);
              await atStep(3);
              throw new OwnFailure();
            },
            { signal, timeoutMs },
          )
          .catch(unlessOwn);
      },
    },
    {
      name: 'bulk',
      steps: 1,
      decisiveStep: 0,
      parts: Array.from({ length: BULK }, (_, part) => part),
      slot: false,
      async run({ db, number, atStep, options }) {
        const sets = Array.from({ length: BULK }, (_, part) => ({ op: number, part }));
        await atStep(0);
        await db.executeMany('insert into entry (op, part) values (:op, :part)', sets, options);
      },
    },
    {
      name: 'batch',
      steps: 1,
      decisiveStep: 0,
      parts: [0, 1],
      slot: true,
      async run({ db, number, atStep, options }) {
        await atStep(0);
        await db.batch([insert(number, 0), fill(number), insert(number, 1)], options);
      },
    },
    {
      name: 'stream',
      steps: 2,
      decisiveStep: 0,
      parts: [],
      slot: false,
      async run({ db, number, atStep, options }) {
        await atStep(0);
        const tagged = sql<{ id: number; tag: number }>`
          select id, cast(${number} as decimal(12)) as tag from shelf order by id`;
        let read = 0;
        for await (const { id, tag } of db.stream(tagged, { ...options, pageSize: SHELF / 3 })) {
          read++;
          if (Number(tag) !== number || Number(id) !== read) throw new ForeignRows();
          if (read === 1) await atStep(1);
        }
        if (read !== SHELF) throw new ForeignRows();
      },
    },
  ];
}

function unlessOwn(error: unknown): void {
  if (!(error instanceof OwnFailure)) throw error;
}
