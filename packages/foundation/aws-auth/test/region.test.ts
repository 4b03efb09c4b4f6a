import { expect, test } from 'vitest';
import { isRdsProxyHost, regionOf } from '../src/index.ts';

test.each([
  ['db-1.abc123xyz.ap-northeast-1.rds.amazonaws.com', 'ap-northeast-1'],
  ['shop.cluster-abc123xyz.eu-central-1.rds.amazonaws.com', 'eu-central-1'],
  ['shop.cluster-ro-abc123xyz.us-east-1.rds.amazonaws.com', 'us-east-1'],
  ['reports.cluster-custom-abc123xyz.us-west-2.rds.amazonaws.com', 'us-west-2'],
  ['shards.shardgrp-abc123xyz.us-east-2.rds.amazonaws.com', 'us-east-2'],
  ['pool.proxy-abc123xyz.il-central-1.rds.amazonaws.com', 'il-central-1'],
  ['readers.endpoint.proxy-abc123xyz.sa-east-1.rds.amazonaws.com', 'sa-east-1'],
  ['DB-1.ABC123XYZ.US-EAST-1.RDS.AMAZONAWS.COM', 'us-east-1'],
  ['db-1.abc123xyz.us-east-1.rds.amazonaws.com.', 'us-east-1'],
  ['db-1.abc123xyz.us-east-1.rds-fips.amazonaws.com', 'us-east-1'],
  ['db-1.abc123xyz.rds.cn-north-1.amazonaws.com.cn', 'cn-north-1'],
  ['shop.cluster-ro-abc123xyz.rds.cn-northwest-1.amazonaws.com.cn', 'cn-northwest-1'],
  ['db-1.abc123xyz.cn-north-1.rds.amazonaws.com.cn', 'cn-north-1'],
  ['db-1.abc123xyz.us-gov-west-1.rds.amazonaws.com', 'us-gov-west-1'],
  ['db-1.abc123xyz.rds.us-gov-east-1.amazonaws.com', 'us-gov-east-1'],
  ['db-1.abc123xyz.us-iso-east-1.rds.c2s.ic.gov', 'us-iso-east-1'],
  ['db-1.abc123xyz.rds.us-isob-east-1.sc2s.sgov.gov', 'us-isob-east-1'],
  ['db-1.abc123xyz.eusc-de-east-1.rds.amazonaws.eu', 'eusc-de-east-1'],
  ['db-1.abc123xyz.mars-north-12.rds.amazonaws.com', 'mars-north-12'],
])('%s lies in %s', (host, region) => {
  expect(regionOf(host)).toBe(region);
});

test.each([
  'localhost',
  '127.0.0.1',
  '::1',
  '',
  'db.example.com',
  'rds.us-east-1.amazonaws.com',
  'us-east-1.rds.amazonaws.com',
  'db-1.us-east-1.rds.amazonaws.com',
  'db-1.abc123xyz.us-east-1.rds.amazonaws.com.example.test',
  'db-1.abc123xyz.us-east-1.rds.example.com',
  'db-1.abc123xyz.us-east-1.redshift.amazonaws.com',
  'shop.global-abc123xyz.global.rds.amazonaws.com',
  `${'a.'.repeat(50_000)}rds`,
])('there is no region in %s', (host) => {
  expect(regionOf(host)).toBeUndefined();
  expect(isRdsProxyHost(host)).toBe(false);
});

test('a proxy is told by its name', () => {
  expect(isRdsProxyHost('pool.proxy-abc123xyz.us-east-1.rds.amazonaws.com')).toBe(true);
  expect(isRdsProxyHost('Readers.endpoint.proxy-abc123xyz.rds.cn-north-1.amazonaws.com.cn')).toBe(true);
  expect(isRdsProxyHost('proxy-1.abc123xyz.us-east-1.rds.amazonaws.com')).toBe(false);
  expect(isRdsProxyHost('shop.cluster-proxyabc123.us-east-1.rds.amazonaws.com')).toBe(false);
  expect(isRdsProxyHost('proxy-1.cluster-abc123xyz.us-east-1.rds.amazonaws.com')).toBe(false);
});
