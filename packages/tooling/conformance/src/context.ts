import type { Adapter, Connection, ConnectOptions, Dialect } from '@sqlport/core';
import type { FaultName, FaultySetup } from './fault.ts';
import type { TargetModule } from './target.ts';

/** What a case is given. Everything made through it is gone when the case has ended. */
export interface CaseContext {
  /** A connection with default options that all cases of the target share. A case leaves it as it found it. */
  readonly db: Connection;
  readonly dialect: Dialect;
  /** See `Target.secrets`. */
  readonly secrets: readonly string[];
  /** See `Target.module`; a case that reads it must list `adapter module` in its `needs`. */
  readonly module: TargetModule;
  /** A fresh adapter of the target. */
  adapter(): Promise<Adapter>;
  /** A connection of the case's own: over the given adapter, else over a fresh one. */
  connect(options?: ConnectOptions, adapter?: Adapter): Promise<Connection>;
  /** Creates a table and answers its name, which needs no quotes. `columns` is what stands in the parentheses. */
  table(columns: string): Promise<string>;
  /** A name that nothing in the database has. */
  name(): string;
  /** Remembers a statement that removes what the case created beside tables. */
  afterwards(statement: string): void;
  /** Brings about a fault; the case must list it in its `needs`. */
  fault(name: FaultName): Promise<FaultySetup>;
}
