import { ServiceError, type ServiceErrorType } from './errors.ts';
import type { DataApiOperation } from './request.ts';

/**
 * What goes wrong.
 * - `fail`: an answer in place of the right one, `when` before the statement runs (the default) or after it has run
 * - `drop`: the connection is cut: before the request is read, before or after the statement ran, or in mid-reply
 * - `latencyMs`: time that passes before the statement runs
 */
export type FaultEffect =
  | { readonly fail: FaultError; readonly when?: 'before' | 'after' }
  | { readonly drop: 'unread' | 'before' | 'after' | 'mid-reply' }
  | { readonly latencyMs: number };

/** A usual one by its name, or any other. */
export type FaultError =
  | { readonly type: ServiceErrorType; readonly message?: string }
  | 'resuming'
  | 'throttling'
  | 'too-many-requests'
  | 'service-unavailable'
  | 'internal-error'
  | 'database-unavailable';

/** A fault, and the calls it befalls: all of them unless it says otherwise. */
export type Fault = FaultEffect & {
  /** How many calls. Default: all until it is removed. */
  readonly times?: number;
  readonly operation?: DataApiOperation;
  /** Only statements that match. Not for `drop: 'unread'`, which knows no statement. */
  readonly sql?: RegExp;
};

interface ActiveFault {
  readonly fault: Fault;
  left: number;
}

/** The faults that are switched on. */
export class Faults {
  readonly #active = new Set<ActiveFault>();

  /** Switches a fault on. Returns what switches it off, and says whether it was still on. */
  add(fault: Fault): () => boolean {
    const active = { fault, left: fault.times ?? Number.POSITIVE_INFINITY };
    this.#active.add(active);
    return () => this.#active.delete(active);
  }

  clear(): void {
    this.#active.clear();
  }

  /** The faults that befall a call at its arrival, when nothing but its operation is known. */
  onArrival(operation: DataApiOperation | undefined): readonly Fault[] {
    return this.#take((fault) => isUnread(fault) && (fault.operation ?? operation) === operation);
  }

  /** The faults that befall a call once it is read. */
  onCall(operation: DataApiOperation, sql: string): readonly Fault[] {
    return this.#take(
      (fault) =>
        !isUnread(fault) &&
        (fault.operation ?? operation) === operation &&
        (fault.sql === undefined || new RegExp(fault.sql.source, fault.sql.flags.replace(/[gy]/g, '')).test(sql)),
    );
  }

  #take(befalls: (fault: Fault) => boolean): readonly Fault[] {
    const taken = [...this.#active].filter(({ fault }) => befalls(fault));
    for (const active of taken) {
      if (--active.left <= 0) this.#active.delete(active);
    }
    return taken.map(({ fault }) => fault);
  }
}

const isUnread = (fault: Fault): boolean => 'drop' in fault && fault.drop === 'unread';

/** The error that a fault is answered with. */
export function faultError(error: FaultError, resourceArn: string): ServiceError {
  if (typeof error === 'object') return new ServiceError(error.type, error.message);
  switch (error) {
    case 'resuming':
      return new ServiceError(
        'DatabaseResumingException',
        `The Aurora DB instance ${resourceArn} is resuming after being auto-paused. Please wait a few seconds and try again.`,
      );
    case 'throttling':
      return new ServiceError('ThrottlingException', 'Rate exceeded');
    case 'too-many-requests':
      return new ServiceError('ThrottlingException', 'Rate exceeded', { status: 429 });
    case 'service-unavailable':
      return new ServiceError('ServiceUnavailableError');
    case 'internal-error':
      return new ServiceError('InternalServerErrorException');
    case 'database-unavailable':
      return new ServiceError('DatabaseUnavailableException');
  }
}
