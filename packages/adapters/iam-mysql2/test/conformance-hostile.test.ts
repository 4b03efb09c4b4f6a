import type { Target } from '@sqlport/conformance';
import { defineConformance } from '@sqlport/conformance/vitest';
import { startLocal } from '@sqlport/local';
import { hostileServer } from '@sqlport/local/vitest';
import { afterAll, inject } from 'vitest';
import { iamMysql2 } from '../src/index.ts';

const local = await startLocal({ postgres: false, mysql: await hostileServer(inject('sqlportHostile'), 'mysql') });
afterAll(() => local.close());
const { configs } = await local.createDatabase();

const target: Target = {
  name: 'iam-mysql2 on a server with hostile defaults',
  dialect: 'mysql',
  adapter: () => iamMysql2(configs['iam-mysql2']),
};

defineConformance(target);
