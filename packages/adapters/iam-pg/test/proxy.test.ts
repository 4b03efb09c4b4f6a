import { defineProxyChecks } from '@sqlport/conformance/vitest';
import { connect, sql } from '@sqlport/core';
import { startLocal } from '@sqlport/local';
import { hostileServer } from '@sqlport/local/vitest';
import { afterAll, describe, expect, inject, it } from 'vitest';
import { iamPg } from '../src/index.ts';
import { failure, serverUrl } from './fixture.ts';

const local = await startLocal({ mysql: false, postgres: { url: serverUrl() } });
afterAll(() => local.close());
const { configs } = await local.createDatabase();
const proxy = local.proxies['iam-pg'];

defineProxyChecks({
  proxy: () => proxy,
  adapter: (change) => iamPg({ ...configs['iam-pg'], ...proxy.address, ...change }),
});

describe('a session through RDS Proxy', () => {
  it('is what the contract relies on', async () => {
    await using db = connect(iamPg({ ...configs['iam-pg'], ...proxy.address, applicationName: 'shop' }));
    const names = ['TimeZone', 'DateStyle', 'extra_float_digits', 'client_encoding', 'application_name'];
    const shown = await Promise.all(names.map((name) => db.one(sql`select current_setting(${name}) as v`)));
    expect(shown.map(({ v }) => v)).toEqual(['UTC', 'ISO, MDY', '1', 'UTF8', 'shop']);
  });

  it('is refused where the server has settings that it must not make, by their names', async () => {
    const hostile = await startLocal({
      mysql: false,
      postgres: await hostileServer(inject('sqlportHostile'), 'postgres'),
    });
    try {
      const { address } = hostile.proxies['iam-pg'];
      const db = connect(iamPg({ ...hostile.configs['iam-pg'], ...address }));
      const error = await failure(db.ping());
      expect(error).toMatchObject({ code: 'CONFIG', outcome: 'not-applied' });
      expect(error.message).toContain(
        "Set IntervalStyle = 'postgres', standard_conforming_strings = 'on' in its parameter",
      );
      await db.close();
    } finally {
      await hostile.close();
    }
  });
});
