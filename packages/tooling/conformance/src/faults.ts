/** Makes faults; for Node only, as nothing else of the kit is but what needs vitest. */
export { type HttpEnvironment, httpFaults } from './http-faults.ts';
export { type IamConfigChange, type IamEnvironment, iamFaults } from './iam-faults.ts';
