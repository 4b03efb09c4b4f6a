import { connect } from '@sqlport/core';
import { dataApi } from '@sqlport/data-api';
import { iamMysql2 } from '@sqlport/iam-mysql2';
import { startLocal } from '@sqlport/local';
import type {} from '@sqlport/local/vitest';
import { afterAll, beforeEach, expect, inject, test } from 'vitest';
import { placeOrder } from '../src/orders.ts';

const local = await startLocal({ ...inject('sqlportLocal'), postgres: false });
const { configs } = await local.createDatabase();
const { 'data-api-mysql': api, 'iam-mysql2': gateway } = local.endpoints;
const overHttps = connect(dataApi(configs['data-api-mysql']));
const overTcp = connect(iamMysql2(configs['iam-mysql2']));

beforeEach(async () => {
  await overTcp.script(`
    drop table if exists orders, stock;
    create table stock (item varchar(20) primary key, amount int not null check (amount >= 0));
    create table orders (id varchar(36) primary key, item varchar(20) not null references stock (item));
    insert into stock values ('lamp', 2)`);
});

afterAll(async () => {
  await Promise.all([overHttps.close(), overTcp.close()]);
  await local.close();
});

const ways = Object.entries({ 'data-api': overHttps, 'iam-mysql2': overTcp });

test.each(ways)('takes one from stock over %s', async (_name, db) => {
  expect(await placeOrder(db, 'a', 'lamp')).toBe(1);
});

test('waits for a database that wakes up', async () => {
  api.faults.add({ fail: 'resuming', times: 2 });
  expect(await placeOrder(overHttps, 'a', 'lamp')).toBe(1);
});

test('orders once although the answer to COMMIT is lost', async () => {
  api.faults.add({ drop: 'after', operation: 'CommitTransaction', times: 1 });
  expect(await placeOrder(overHttps, 'a', 'lamp')).toBe(1);
});

test('does not notice that the token has expired and every connection was cut', async () => {
  gateway.destroyConnections();
  await gateway.expireTokens();
  expect(await placeOrder(overTcp, 'a', 'lamp')).toBe(1);
});
