import type { StatementResult } from '../run-statement.ts';

/** The body of every reply. */
export interface Envelope {
  readonly type: 'sql_endpoint' | '';
  readonly data: {
    readonly columns: readonly { readonly col: string; readonly data_type: string; readonly nullable: boolean }[];
    readonly rows: readonly Readonly<Record<string, string | null>>[];
    readonly result: {
      readonly code: number;
      readonly message: string;
      readonly start_ms: number | '';
      readonly end_ms: number | '';
      readonly latency: string;
      readonly row_count: number;
      readonly row_affect: number;
      readonly limit: number;
      readonly query?: string;
    };
  };
}

/** A failure, in the form that the documentation shows. */
export const failure = (code: number, message: string): Envelope => ({
  type: 'sql_endpoint',
  data: {
    columns: [],
    rows: [],
    result: { code, message, start_ms: '', end_ms: '', latency: '', row_count: 0, row_affect: 0, limit: 0, query: '' },
  },
});

/** A refusal by the gateway before the Data Service, which has a form of its own. */
export const gatewayFailure = (code: number, message: string): Envelope => ({
  type: '',
  data: {
    columns: [],
    rows: [],
    result: { code, message, start_ms: 0, end_ms: 0, latency: '', row_count: 0, row_affect: 0, limit: 0 },
  },
});

/** @param startMs @param endMs by the endpoint's clock, ms since the epoch */
export function success(result: StatementResult, startMs: number, endMs: number, limit: number): Envelope {
  const columns = result.table?.columns ?? [];
  const rows = (result.table?.rows ?? []).slice(0, limit);
  const latencyMs = endMs - startMs;
  const count = `${result.rowsAffected} ${result.rowsAffected === 1 ? 'row' : 'rows'} affected`;
  return {
    type: 'sql_endpoint',
    data: {
      columns: columns.map(({ name, type, nullable }) => ({ col: name, data_type: type, nullable })),
      rows: rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]!]))),
      result: {
        code: 200,
        message: result.table ? 'ok' : `Query OK, ${count} (${(latencyMs / 1000).toFixed(3)} sec)`,
        start_ms: startMs,
        end_ms: endMs,
        latency: latencyMs < 1000 ? `${latencyMs}ms` : `${latencyMs / 1000}s`,
        row_count: rows.length,
        row_affect: result.rowsAffected,
        limit,
        query: 'Query OK!',
      },
    },
  };
}
