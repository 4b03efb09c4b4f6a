import type { DataApiOperation } from './request.ts';

/** One call of the API, whatever came of it. Never holds parameters, secrets or results. */
export interface DataApiCall {
  /** Undefined when the path named none. */
  readonly operation: DataApiOperation | undefined;
  readonly sql: string | undefined;
  readonly transactionId: string | undefined;
  /** The HTTP status; undefined while it runs, and when no answer was given. */
  readonly status: number | undefined;
  /** The type of the error that was answered. */
  readonly error: string | undefined;
  /** When it came, by the endpoint's clock, ms since the epoch. */
  readonly at: number;
}
