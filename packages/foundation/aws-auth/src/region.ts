/**
 * The names of RDS: `<name>.<group>.<region>.rds.<suffix>`; China, GovCloud and the isolated regions also have
 * `<name>.<group>.rds.<region>.<suffix>`. The group is the account's code, with `cluster-`, `cluster-ro-`,
 * `cluster-custom-`, `proxy-` or `shardgrp-` before it. The suffix stands for the partition.
 * A region is recognised by its shape, since AWS opens new ones.
 */
const RDS_HOST =
  /^(?:[a-z0-9-]+\.)+(?<group>[a-z0-9-]+)\.(?:(?<region>[a-z]+(?:-[a-z]+)+-\d+)\.rds(?:-fips)?|rds(?:-fips)?\.(?<regionLast>[a-z]+(?:-[a-z]+)+-\d+))\.(?:amazonaws\.[a-z]{2,3}(?:\.[a-z]{2})?|(?:c2s|csp\.hci)\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk)$/;

/** A host name as it is compared and signed: lower case, without the trailing dot of a fully qualified name. */
export function normalHost(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

/**
 * The AWS region in the name of an RDS or Aurora endpoint, in any partition: instance, cluster, reader, custom
 * endpoint, proxy. `undefined` for every other name, and for a Global Database's writer endpoint, which has none.
 */
export function regionOf(host: string): string | undefined {
  const groups = RDS_HOST.exec(normalHost(host))?.groups;
  return groups?.region ?? groups?.regionLast;
}

/** True for the endpoint of an RDS Proxy: `<name>.proxy-<code>.<region>.rds.<suffix>`. */
export function isRdsProxyHost(host: string): boolean {
  return RDS_HOST.exec(normalHost(host))?.groups?.group?.startsWith('proxy-') ?? false;
}
