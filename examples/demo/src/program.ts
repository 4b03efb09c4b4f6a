import { type Connection, isConnectorError, sql } from '@sqlport/core';

/** One step of the program: what was done, and what came of it. */
export interface Step {
  readonly name: string;
  run(db: Connection): Promise<string>;
}

interface User {
  readonly id: number;
  readonly name: string;
  readonly balance: number;
}

/** The program. It does not know which strategy it runs on, nor which database. */
export const steps: readonly Step[] = [
  {
    name: 'create table users',
    async run(db) {
      await db.script(`
        drop table if exists users;
        create table users (id int primary key, name varchar(40) not null unique, balance int not null);
      `);
      return 'users (id, name, balance)';
    },
  },
  {
    name: 'insert',
    async run(db) {
      await db.executeMany('insert into users (id, name, balance) values (:id, :name, :balance)', [
        { id: 1, name: 'Alice', balance: 100 },
        { id: 2, name: 'Bob', balance: 50 },
        { id: 3, name: 'Charlie', balance: 0 },
      ]);
      return '3 rows';
    },
  },
  { name: 'read', run: balances },
  {
    name: 'transaction',
    async run(db) {
      await db.transaction(async (tx) => {
        await tx.query(sql`update users set balance = balance - ${30} where name = ${'Alice'}`);
        await tx.query(sql`update users set balance = balance + ${30} where name = ${'Charlie'}`);
      });
      return balances(db);
    },
  },
  {
    name: 'rolled-back transfer',
    async run(db) {
      const before = await balances(db);
      const transfer = db.transaction(async (tx) => {
        await tx.query(sql`update users set balance = balance - ${80} where name = ${'Bob'}`);
        const { balance } = await tx.one<User>(sql`select * from users where name = ${'Bob'}`);
        if (balance < 0) throw new Error('Bob cannot pay that');
      });
      const reason = await transfer.then(
        () => 'nothing',
        (error: Error) => error.message,
      );
      const after = await balances(db);
      if (after !== before || reason === 'nothing') throw new Error(`the transfer was not rolled back: ${after}`);
      return `${reason}; still ${after}`;
    },
  },
  {
    name: 'unique violation',
    async run(db) {
      const error = await db.query(sql`insert into users (id, name, balance) values (${4}, ${'Alice'}, ${0})`).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!isConnectorError(error) || error.constraint?.kind !== 'unique')
        throw error ?? new Error('a second Alice was accepted');
      return `ConnectorError ${error.code} (${error.constraint.kind}), ${error.outcome}`;
    },
  },
];

async function balances(db: Connection): Promise<string> {
  const { rows } = await db.query<User>(sql`select id, name, balance from users order by id`);
  return rows.map(({ name, balance }) => `${name} ${balance}`).join(', ');
}
