import type { Lease } from '@sqlport/core/spi/pool';
import type { PhysicalConnection } from './physical-connection.ts';

/** A connection on loan to one call. */
export type Loan = Lease<PhysicalConnection>;
