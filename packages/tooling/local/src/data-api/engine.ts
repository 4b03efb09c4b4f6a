import type { EngineVersion, ServiceError } from './errors.ts';
import type { Quoting } from './placeholders.ts';
import type { EngineSession, SessionTarget } from './session.ts';

/** What differs between the engines behind the service. */
export interface DataApiEngine {
  readonly quoting: Quoting;
  /** The settings that the service gives its sessions. */
  readonly sessionSettings: ReadonlyMap<string, string>;
  /** Whether a statement may consist of statements itself, as MySQL's stored programs do. */
  isCompound(sql: string): boolean;
  open(target: SessionTarget, version: () => EngineVersion): Promise<EngineSession>;
  /** What the server says when it has no connection left. */
  tooManyConnections(): ServiceError;
}
