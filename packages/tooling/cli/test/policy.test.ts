import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { awsServer } from './aws-server.ts';
import { Fixture } from './fixture.ts';

const HOST = 'shop.cluster-abc123.ap-northeast-1.rds.amazonaws.com';
const IDS = ['--account', '123456789012', '--resource-id', 'cluster-ABC123'];

let fixture: Fixture;
beforeAll(async () => {
  fixture = await Fixture.start();
});
afterAll(() => fixture.stop());

const policy = (...args: string[]) => fixture.run(['policy', ...args]);

describe('the policy', () => {
  test('of IAM tokens lets one user in to one database, and standard output holds nothing else', async () => {
    const { code, stdout, stderr } = await policy(`iam-pg://app@${HOST}/shop`, ...IDS);
    expect(JSON.parse(stdout)).toEqual({
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'Connect',
          Effect: 'Allow',
          Action: ['rds-db:connect'],
          Resource: ['arn:aws:rds-db:ap-northeast-1:123456789012:dbuser:cluster-ABC123/app'],
        },
      ],
    });
    expect(stderr).toContain('GRANT rds_iam TO "app";');
    expect(code).toBe(0);
  });

  test('knows the partitions of AWS', async () => {
    const { stdout } = await policy('iam-mysql2://app@db.abc.rds.cn-north-1.amazonaws.com.cn/shop', '--json', ...IDS);
    const { policy: document, sql } = JSON.parse(stdout);
    expect(document.Statement[0].Resource).toEqual([
      'arn:aws-cn:rds-db:cn-north-1:123456789012:dbuser:cluster-ABC123/app',
    ]);
    expect(sql[0]).toBe("CREATE USER `app`@'%' IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS' REQUIRE SSL;");
    expect(sql[1]).toBe("GRANT SELECT, INSERT, UPDATE, DELETE ON `shop`.* TO `app`@'%';");
  });

  test('of the Data API names the cluster and the secret, and each action that is used', async () => {
    const { stdout } = await policy(fixture.url('data-api-mysql'));
    const { Statement } = JSON.parse(stdout);
    expect(Statement[0].Action).toHaveLength(5);
    expect(Statement[0].Resource[0]).toMatch(/^arn:aws:rds:us-east-1:\d{12}:cluster:sqlport-mysql$/);
    expect(Statement[1]).toMatchObject({ Action: ['secretsmanager:GetSecretValue'] });
    expect(JSON.stringify(Statement)).not.toContain('*');
  });

  test('is enough for the local Data API, and nothing less is', async () => {
    const { stdout } = await policy(fixture.url('data-api-postgres'));
    const { Statement } = JSON.parse(stdout);
    const { policy: rules } = fixture.local.endpoints['data-api-postgres'];
    const { accessKeyId } = fixture.local.credentials;
    const wanted = Statement.flatMap(({ Action, Resource }: { Action: never[]; Resource: string[] }) =>
      Action.map((action) => ({ accessKeyId, action, resource: Resource[0]! })),
    );
    const query = () =>
      fixture.run(['query', fixture.url('data-api-postgres'), 'begin; select 1; commit; select 2', '-f', 'ndjson']);
    rules.splice(0, rules.length, ...wanted);
    expect((await query()).code).toBe(0);
    for (const missing of ['rds-data:CommitTransaction', 'secretsmanager:GetSecretValue']) {
      rules.splice(0, rules.length, ...wanted.filter(({ action }: { action: string }) => action !== missing));
      expect((await query()).stderr).toContain(missing);
    }
  });

  test('for a secret over TCP lets it be read', async () => {
    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop-AbCdEf';
    const { stdout } = await policy(`iam-pg://${HOST}/shop?secretArn=${encodeURIComponent(arn)}`);
    expect(JSON.parse(stdout).Statement).toEqual([
      { Sid: 'ReadSecret', Effect: 'Allow', Action: ['secretsmanager:GetSecretValue'], Resource: [arn] },
    ]);
  });

  test('is none for TiDB Cloud', async () => {
    const { stdout } = await policy(fixture.url('tidb-serverless'), '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      policy: null,
      sql: [expect.stringMatching(/^CREATE USER/), expect.anything()],
    });
  });

  test('is written for SAM and Terraform', async () => {
    const sam = await policy(`iam-pg://app@${HOST}/shop`, ...IDS, '--sam');
    expect(sam.stdout).toBe(`Policies:
  - Version: '2012-10-17'
    Statement:
      - Sid: Connect
        Effect: Allow
        Action:
          - "rds-db:connect"
        Resource:
          - "arn:aws:rds-db:ap-northeast-1:123456789012:dbuser:cluster-ABC123/app"
`);
    const terraform = await policy('iam-pg://a$%7Bx%7D@localhost/shop?region=us-east-1', ...IDS, '--terraform');
    expect(terraform.stdout).toBe(`data "aws_iam_policy_document" "sqlport" {
  statement {
    sid       = "Connect"
    effect    = "Allow"
    actions   = ["rds-db:connect"]
    resources = ["arn:aws:rds-db:us-east-1:123456789012:dbuser:cluster-ABC123/a$\${x}"]
  }
}
`);
  });

  test.each([
    [['--account', '12'], /12 digits/],
    [['--account', '123456789012', '--resource-id', 'shop'], /not the name/],
    [['--sam', '--terraform'], /cannot be used with/],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await policy(`iam-pg://app@${HOST}/shop`, ...args);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('ids that are not given', () => {
  const arn = (kind: string) => `arn:aws:rds:ap-northeast-1:210987654321:${kind}`;
  const found = async (host: string, answers: Parameters<typeof awsServer>[0]) => {
    await using rds = await awsServer(answers);
    const env = { AWS_ENDPOINT_URL_RDS: rds.url };
    return await fixture.run(['policy', `iam-pg://app@${host}/shop`], { env });
  };
  const cluster = `<DBClusters><DBCluster><Endpoint>${HOST}</Endpoint><DBClusterArn>${arn('cluster:shop')}</DBClusterArn>
    <DbClusterResourceId>cluster-FOUND</DbClusterResourceId></DBCluster></DBClusters>`;

  test.each([
    ['cluster', HOST, { DescribeDBClusters: cluster }, 'cluster-FOUND'],
    [
      'instance',
      'shop-1.abc123.ap-northeast-1.rds.amazonaws.com',
      {
        DescribeDBClusters: cluster,
        DescribeDBInstances: `<DBInstances><DBInstance><Endpoint><Address>shop-1.abc123.ap-northeast-1.rds.amazonaws.com</Address></Endpoint>
          <DBInstanceArn>${arn('db:shop-1')}</DBInstanceArn><DbiResourceId>db-FOUND</DbiResourceId></DBInstance></DBInstances>`,
      },
      'db-FOUND',
    ],
  ])('are looked up: those of a %s', async (_kind, host, answers, id) => {
    const { stdout } = await found(host, answers);
    expect(JSON.parse(stdout).Statement[0].Resource).toEqual([
      `arn:aws:rds-db:ap-northeast-1:210987654321:dbuser:${id}/app`,
    ]);
  });

  test('and cannot be found are asked for', async () => {
    const nobody = await found(HOST, {});
    expect(nobody).toMatchObject({ code: 2, stderr: expect.stringContaining(`has the endpoint ${HOST}. Give both`) });
    const denied = await found(HOST, { DescribeDBClusters: { status: 403, code: 'AccessDenied' } });
    expect(denied).toMatchObject({ code: 4, stderr: expect.stringContaining('allow rds:DescribeDBClusters') });
  });
});

test('the SQL that it prints runs on the server, but for the role that only RDS has', async () => {
  const { stdout } = await policy(fixture.url('iam-pg').replace('app@', 'policy%22user@'), '--json', ...IDS);
  const { sql } = JSON.parse(stdout) as { sql: string[] };
  const url = new URL((inject('sqlportLocal').postgres as { url: string }).url);
  url.pathname = fixture.database.name;
  const admin = new pg.Client(url.href);
  await admin.connect();
  try {
    await admin.query('begin');
    await admin.query('create role rds_iam');
    for (const statement of sql) await admin.query(statement);
    const { rows } = await admin.query(`select pg_has_role('policy"user', 'rds_iam', 'member') as member`);
    expect(rows).toEqual([{ member: true }]);
  } finally {
    await admin.query('rollback');
    await admin.end();
  }
});
