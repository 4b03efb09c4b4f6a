import type { Parameter } from './parameters.ts';
import type { ScannedSql } from './placeholders.ts';
import type { Value } from './value.ts';

/** What `columnMetadata` says of a column. */
export interface ColumnMetadata {
  readonly arrayBaseColumnType: number;
  readonly isAutoIncrement: boolean;
  readonly isCaseSensitive: boolean;
  readonly isCurrency: boolean;
  readonly isSigned: boolean;
  readonly label: string;
  readonly name: string;
  /** 0: never null, 1: may be null, 2: unknown. */
  readonly nullable: number;
  readonly precision: number;
  readonly scale: number;
  readonly schemaName: string;
  readonly tableName: string;
  /** A code of `java.sql.Types`. */
  readonly type: number;
  readonly typeName: string;
}

export interface StatementResult {
  /** Undefined when the statement yields no rows. */
  readonly labels: readonly string[] | undefined;
  readonly rows: readonly (readonly Value[])[];
  /** The length of the longest row in bytes, as the server sent it. */
  readonly longestRow: number;
  /** The name of a column's type that no answer can hold; its values are not in `rows`. */
  readonly unsupported: string | undefined;
  /** The rows were more than asked for, and are incomplete. */
  readonly tooLarge: boolean;
  readonly updated: number;
  readonly generatedIds: readonly bigint[];
  /** Asks for what `includeResultMetadata` wants, before anything else runs on the session. */
  describe(): Promise<readonly ColumnMetadata[]>;
}

export interface Statement {
  readonly sql: ScannedSql;
  readonly parameters: readonly Parameter[];
  /** How many bytes of rows to keep. */
  readonly maxBytes: number;
}

/**
 * One connection to a server. One thing at a time, save for `cancel` and `close`.
 * What the server answers with an error rejects with a ServiceError in the form of the service.
 */
export interface EngineSession {
  /** The server's own number of the session. */
  readonly id: number;
  /** False once the connection is lost. */
  readonly usable: boolean;
  begin(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  execute(statement: Statement): Promise<StatementResult>;
  /** Interrupts what is running. */
  cancel(): Promise<void>;
  /** Makes it as good as new: no transaction, no settings, no temporary tables. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Who logs in where. */
export interface SessionTarget {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string | undefined;
  /** Names and values of settings, which the session has from its start, and again after every reset. */
  readonly settings: readonly (readonly [string, string])[];
}
