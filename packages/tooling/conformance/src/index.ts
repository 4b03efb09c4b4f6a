export { assert, CaseFailure, type ExpectedError, equal, rejects, throws } from './assert.ts';
export { capabilitiesReport, type TargetReport } from './capabilities-report.ts';
export { type Area, areas, type Case, type Need } from './case.ts';
export { cases } from './cases/index.ts';
export type { CaseContext } from './context.ts';
export type { FaultName, Faults, FaultySetup } from './fault.ts';
export { hostileBytes, hostileTexts } from './hostile-texts.ts';
export { type CaseResult, type OpenTarget, openTarget, runCase } from './run-case.ts';
export type { Target, TargetModule } from './target.ts';
