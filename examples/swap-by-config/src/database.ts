import { defineConnector } from '@sqlport/core';

/** Every way in that this service knows; only the one that is asked for is loaded. */
export const open = defineConnector(
  {
    'iam-pg': () => import('@sqlport/iam-pg'),
    'iam-mysql2': () => import('@sqlport/iam-mysql2'),
    'data-api': () => import('@sqlport/data-api'),
    'tidb-serverless': () => import('@sqlport/tidb-serverless'),
  },
  // Whom to trust never comes from a URL. Only for databases of your own: RDS's authorities are known.
  { defaults: { 'iam-pg': { ca: process.env.SQLPORT_CA }, 'iam-mysql2': { ca: process.env.SQLPORT_CA } } },
);
