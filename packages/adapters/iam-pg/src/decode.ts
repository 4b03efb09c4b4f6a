import { PostgresReply } from '@sqlport/core/spi/postgres';

/** What the server answered to one request of an exchange. */
export class Reply extends PostgresReply {
  /** True where the columns are those of the reply before. */
  sharesLayout = false;
  /** True where the portal has more rows. */
  suspended = false;
}
