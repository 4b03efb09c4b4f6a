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
export type { LocalEngine } from './engine.ts';
export type { CertificateKind, Gateway, LoginAttempt, LoginRefusal, PolicyStatement } from './gateway.ts';
export type * from './local.ts';
export type { Kill, Pin, PinReason, ProxyThrottle, RdsProxy } from './proxy/rds-proxy.ts';
export type { ArmedFault, Fault, FaultKind, FaultPlan } from './relay/fault.ts';
export { type RandomFaultOptions, randomFaults } from './relay/random-faults.ts';
export { type Relay, type RelayConditions, type RelayOptions, startRelay } from './relay/relay.ts';
export { startLocal } from './start-local.ts';
export type { KnownCredentials, TokenRefusal } from './token.ts';
