import type { StrategyName } from '@sqlport/local';

/** Where a runtime keeps cases from passing that pass in Node: the reasons, by runtime and case. They must fail. */
export const DIFFERENCES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  workerd: {
    'bad-input/connect-unreachable': 'workerd says the same of a connection that was refused as of one that was lost.',
    'bad-input/connect-unknown-host': 'workerd says the same of a host that does not exist as of a lost connection.',
  },
};

const NO_TLS =
  '`node:tls` of workerd has no `checkServerIdentity`, so TLS with a host that is verified is not to be had.';

/** Strategies that a runtime cannot run, and why. One that runs all the same is an error, so that the list stays true. */
export const IMPOSSIBLE: Readonly<Record<string, { readonly [name in StrategyName]?: string }>> = {
  workerd: { 'iam-pg': NO_TLS, 'iam-mysql2': NO_TLS },
};
