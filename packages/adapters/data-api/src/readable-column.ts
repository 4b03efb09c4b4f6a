import type { Field } from '@aws-sdk/client-rds-data';
import { ConnectorError } from '@sqlport/core/spi';

/** A column of a result, and how its values are read. NULL is not read by it. */
export interface ReadableColumn {
  /** The type's name as the TCP adapters say it. */
  readonly type: string;
  /** Throws what a decoder of `dialect` throws, or {@link unreadable}. */
  read(field: Field): unknown;
}

/** For a reply that is of none of the documented shapes. */
export function unreadable(type: string): ConnectorError {
  return new ConnectorError('INTERNAL', `The Data API sent a value of type ${type} in a form that is not known.`, {
    outcome: 'applied',
  });
}
