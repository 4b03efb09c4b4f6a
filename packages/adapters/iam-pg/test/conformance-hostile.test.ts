import type { Target } from '@sqlport/conformance';
import { defineConformance } from '@sqlport/conformance/vitest';
import { startLocal } from '@sqlport/local';
import { hostileServer } from '@sqlport/local/vitest';
import { afterAll, inject } from 'vitest';
import { iamPg } from '../src/index.ts';

const local = await startLocal({ mysql: false, postgres: await hostileServer(inject('sqlportHostile'), 'postgres') });
afterAll(() => local.close());
const { configs } = await local.createDatabase();

const target: Target = {
  name: 'iam-pg on a server with hostile defaults',
  dialect: 'postgres',
  adapter: () => iamPg(configs['iam-pg']),
};

defineConformance(target);
