export type {
  Cluster,
  ClusterAdapters,
  ClusterEndpoint,
  ClusterOf,
  ClusterOptions,
  ClusterServer,
  FailOverOptions,
} from './cluster/cluster.ts';
export { startCluster } from './cluster/start-cluster.ts';
export type { DataApiPolicyStatement } from './data-api/access.ts';
export type { DataApiCall } from './data-api/call-log.ts';
export type { DataApi, DataApiCluster, DataApiLimits, DataApiSecret } from './data-api/data-api.ts';
export type { EngineVersion, ServiceErrorType } from './data-api/errors.ts';
export type { Fault, FaultEffect, FaultError } from './data-api/faults.ts';
export type { DataApiOperation } from './data-api/request.ts';
export type { LocalEngine } from './engine.ts';
export type { CertificateKind, Gateway, LoginAttempt, LoginRefusal, PolicyStatement } from './gateway.ts';
export type * from './local.ts';
export type { Kill, Pin, PinReason, ProxyThrottle, RdsProxy } from './proxy/rds-proxy.ts';
export type { ArmedRelayFault, RelayFault, RelayFaultKind, RelayFaultPlan } from './relay/fault.ts';
export { type RandomFaultOptions, randomFaults } from './relay/random-faults.ts';
export { type Relay, type RelayConditions, type RelayOptions, startRelay } from './relay/relay.ts';
export type { KnownCredentials } from './sigv4.ts';
export { startLocal } from './start-local.ts';
export type { TidbServerlessConfig, TidbServerlessDefaults } from './tidb/config.ts';
export type { TidbCall, TidbEndpoint } from './tidb/controls.ts';
export type {
  DataServiceCall,
  DataServiceControls,
  DataServiceEndpoint,
  DataServiceKey,
  DataServiceMethod,
  DataServiceParameter,
} from './tidb/data-service/controls.ts';
export type { DigestAlgorithm } from './tidb/data-service/digest.ts';
export type { OrderedTidbFault, TidbFault, TidbFaultScope } from './tidb/faults.ts';
export type { TidbOptions } from './tidb/sql-api.ts';
export type { TidbErrorForm } from './tidb/sql-error.ts';
export type { TokenRefusal } from './token.ts';
