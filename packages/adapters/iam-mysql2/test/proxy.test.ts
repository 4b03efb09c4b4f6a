import { defineProxyChecks } from '@sqlport/conformance/vitest';
import { connect, sql } from '@sqlport/core';
import { startLocal } from '@sqlport/local';
import { hostileServer } from '@sqlport/local/vitest';
import { afterAll, expect, inject, it } from 'vitest';
import { iamMysql2 } from '../src/index.ts';
import { serverUrl } from './fixture.ts';

const local = await startLocal({ postgres: false, mysql: { url: serverUrl() } });
afterAll(() => local.close());
const { configs } = await local.createDatabase();
const proxy = local.proxies['iam-mysql2'];

defineProxyChecks({
  proxy: () => proxy,
  adapter: (change) => iamMysql2({ ...configs['iam-mysql2'], ...proxy.address, ...change }),
});

it('a session through RDS Proxy is what the contract relies on, on a hostile server as well, and does not pin', async () => {
  const hostile = await startLocal({ postgres: false, mysql: await hostileServer(inject('sqlportHostile'), 'mysql') });
  try {
    const { address, pins } = hostile.proxies['iam-mysql2'];
    await using db = connect(iamMysql2({ ...hostile.configs['iam-mysql2'], ...address }));
    const row = await db.one(sql`select @@time_zone, @@autocommit, @@character_set_client, @@sql_mode as mode`);
    const { mode, ...settings } = row;
    expect(Object.values(settings)).toEqual(['+00:00', 1, 'utf8mb4']);
    expect(mode).toContain('STRICT_TRANS_TABLES');
    expect(pins).toEqual([]);
  } finally {
    await hostile.close();
  }
});
