import type { DBCluster, DBInstance, DBProxy, RDSClient } from '@aws-sdk/client-rds';
import { ConnectorError, isConnectorError } from '@sqlport/core/spi';
import { optionalPackage } from '../optional-package.ts';
import type { RdsResource } from './grant.ts';

/** What the command line says of a resource; the rest is looked up. */
export interface ResourceOptions {
  readonly account?: string;
  readonly resourceId?: string;
}

/** The endpoint whose resource is wanted. */
export interface Endpoint {
  readonly host: string;
  readonly region: string | undefined;
  readonly profile: string | undefined;
}

const PATIENCE = { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true };
const BY_HAND = 'Give both instead: --account 123456789012 --resource-id cluster-ABC…';

/**
 * What policies call the database behind an endpoint: as given, or else looked up with the caller's credentials.
 * Throws `CONFIG` for what is missing or malformed, `PERMISSION`, `UNREACHABLE`.
 */
export async function resourceOf(endpoint: Endpoint, options: ResourceOptions): Promise<RdsResource> {
  const { region } = endpoint;
  const { account, resourceId } = options;
  if (region === undefined) {
    throw new ConnectorError('CONFIG', 'The policy names a region: add ?region=… to the URL, or give --signing-host.');
  }
  if (account !== undefined && !/^\d{12}$/.test(account)) {
    throw new ConnectorError('CONFIG', '--account must be the 12 digits of an AWS account.');
  }
  if (resourceId !== undefined && !/^(cluster|db|prx)-[A-Za-z0-9]+$/.test(resourceId)) {
    const message =
      '--resource-id must be an id that RDS gave (cluster-…, db-… or prx-…), not the name of the database.';
    throw new ConnectorError('CONFIG', message);
  }
  if (account !== undefined && resourceId !== undefined) return { region, account, resourceId };
  const found = await lookUp({ ...endpoint, region });
  return {
    ...found,
    ...(account === undefined ? {} : { account }),
    ...(resourceId === undefined ? {} : { resourceId }),
  };
}

async function lookUp({ host, region, profile }: Endpoint & { readonly region: string }): Promise<RdsResource> {
  const rds = await optionalPackage('@aws-sdk/client-rds', () => import('@aws-sdk/client-rds'), 'Looking ids up').catch(
    (error: ConnectorError) => Promise.reject(new ConnectorError('CONFIG', `${error.message}. ${BY_HAND}`)),
  );
  const { fromNodeProviderChain } = await import('@aws-sdk/credential-providers');
  const client = new rds.RDSClient({
    region,
    credentials: fromNodeProviderChain(profile === undefined ? {} : { profile }),
    requestHandler: PATIENCE,
    maxAttempts: 2,
  });
  try {
    const arn =
      (await clusterOf(client, rds, host)) ??
      (await instanceOf(client, rds, host)) ??
      (await proxyOf(client, rds, host));
    if (arn !== undefined) return arn;
  } catch (error) {
    throw lookUpError(error, region);
  } finally {
    client.destroy();
  }
  throw new ConnectorError('CONFIG', `No cluster, instance or proxy in ${region} has the endpoint ${host}. ${BY_HAND}`);
}

type Rds = typeof import('@aws-sdk/client-rds');

async function clusterOf(client: RDSClient, { paginateDescribeDBClusters }: Rds, host: string) {
  for await (const { DBClusters = [] } of paginateDescribeDBClusters({ client }, {})) {
    const found = DBClusters.find(({ Endpoint, ReaderEndpoint, CustomEndpoints = [] }: DBCluster) =>
      [Endpoint, ReaderEndpoint, ...CustomEndpoints].includes(host),
    );
    if (found) return named(found.DBClusterArn, found.DbClusterResourceId);
  }
  return undefined;
}

async function instanceOf(client: RDSClient, { paginateDescribeDBInstances }: Rds, host: string) {
  for await (const { DBInstances = [] } of paginateDescribeDBInstances({ client }, {})) {
    const found = DBInstances.find(({ Endpoint }: DBInstance) => Endpoint?.Address === host);
    if (found) return named(found.DBInstanceArn, found.DbiResourceId);
  }
  return undefined;
}

/** The id of a proxy stands in its ARN only. */
async function proxyOf(client: RDSClient, { paginateDescribeDBProxies }: Rds, host: string) {
  for await (const { DBProxies = [] } of paginateDescribeDBProxies({ client }, {})) {
    const found = DBProxies.find(({ Endpoint }: DBProxy) => Endpoint === host);
    if (found) return named(found.DBProxyArn, found.DBProxyArn?.split(':').at(-1));
  }
  return undefined;
}

/** `arn:aws:rds:<region>:<account>:cluster:<name>` */
function named(arn = '', resourceId = ''): RdsResource {
  const [, , , region = '', account = ''] = arn.split(':');
  return { region, account, resourceId };
}

/** What the AWS SDK throws: an exception of the service, or an error of Node's. */
interface AwsError {
  readonly name?: string;
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

function lookUpError(error: unknown, region: string): ConnectorError {
  if (isConnectorError(error)) return error;
  const { name = '', code = name, $metadata } = error as AwsError;
  const status = $metadata?.httpStatusCode;
  const details = { cause: error };
  if (status === 403 || /^AccessDenied/.test(name)) {
    const message = `AWS refused the look-up (${name}): allow rds:DescribeDBClusters, rds:DescribeDBInstances and rds:DescribeDBProxies. ${BY_HAND}`;
    return new ConnectorError('PERMISSION', message, details);
  }
  if (name === 'CredentialsProviderError') {
    return new ConnectorError('AUTH', `There are no AWS credentials to look ids up with. ${BY_HAND}`, details);
  }
  return new ConnectorError('UNREACHABLE', `RDS in ${region} could not be asked (${code}). ${BY_HAND}`, details);
}
