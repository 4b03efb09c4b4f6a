import { trustedCertificates } from '@sqlport/aws-auth';
import { type Connection, connect as open, sql } from '@sqlport/core';
import { iamMysql2 } from '@sqlport/iam-mysql2';
import { iamPg } from '@sqlport/iam-pg';
import type { IamConfig } from '@sqlport/local';
import type { Bench, Case } from '../case.ts';
import { type Comparison, compare, type Operation } from '../compare.ts';
import { mysqlConnect, postgresConnect, RDS_BUNDLE } from '../contenders/recipe.ts';

/**
 * What ours trusts against RDS by default, the roots of the region and Amazon's, and the gateway's own CA, which the
 * usual recipe gets on top of its bundle too.
 */
async function trusted({ region, ca }: IamConfig<string>): Promise<readonly string[]> {
  return [...((await trustedCertificates({ region })) ?? []), ca];
}

/** Every connection is too old for the next call, so that each call opens one, through one and the same adapter. */
const REPLACED = { max: 1, maxLifetimeMs: 1 };

/** A new connection and a first statement on it, whose number tells that the connection is a new one. */
function ours(db: Connection, text: string): Operation {
  let last: unknown;
  return async () => {
    for (;;) {
      const { rows } = await db.values(sql.text(text));
      const [[id] = []] = rows;
      if (id !== last) {
        last = id;
        return 1;
      }
    }
  };
}

/** The goal, 0.6 × the time of the recipe, the other way round. */
const LEAST = 1 / 0.6;

const judged = (comparisons: readonly Comparison[]) =>
  comparisons.map((each, index) => (index === 0 ? { ...each, reached: each.wall.median >= LEAST } : each));

export const connect: Case = {
  name: 'connect',
  title: 'New connection with IAM and TLS, and a first statement',
  goal: '≤ 0.6 × the time of the usual recipe: ≥ 1.67',
  async measure({ configs, effort }: Bench) {
    const { 'iam-pg': pg, 'iam-mysql2': mysql } = configs;
    await using postgres = open(iamPg({ ...pg, ca: await trusted(pg), ...REPLACED }));
    await using mysql2 = open(iamMysql2({ ...mysql, ca: await trusted(mysql), ...REPLACED }));
    const sharedOptions = { ca: [...RDS_BUNDLE, mysql.ca], verifyIdentity: true };
    const comparisons = [
      ...judged(
        await compare(
          'PostgreSQL',
          {
            ours: ours(postgres, 'select pg_backend_pid()'),
            others: {
              'Signer, full bundle': () => postgresConnect(pg, [...RDS_BUNDLE, pg.ca]),
              'Signer, one root': () => postgresConnect(pg, [pg.ca]),
            },
          },
          effort,
        ),
      ),
      ...judged(
        await compare(
          'MySQL',
          {
            ours: ours(mysql2, 'select connection_id()'),
            others: {
              'Signer, full bundle': () => mysqlConnect(mysql, { ...sharedOptions }),
              'the same, one `ssl` object for all': () => mysqlConnect(mysql, sharedOptions),
            },
          },
          effort,
        ),
      ),
    ];
    return { comparisons };
  },
};
