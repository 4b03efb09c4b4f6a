import { check, checkFields, type FieldCheck } from '@sqlport/core/spi';
import { NAME } from '../config.ts';
import type { Fetch } from '../fetch.ts';

/** A Data App of TiDB Cloud Data Service, and the key for it. */
export interface DataServiceConfig {
  /** As it stands in the app's URL: `us-east-1`. */
  readonly region: string;
  /** `dataapp-RaNdOm`. */
  readonly app: string;
  readonly publicKey: string;
  readonly privateKey: string;
  /**
   * How the key is sent. `basic` (default) sends it, through TLS; `digest` sends a hash of it, for one more request at
   * the first call and whenever the server wants a new nonce.
   */
  readonly auth?: 'basic' | 'digest';
  /** True: endpoints as they are in the editor, not as they are deployed. Default false. */
  readonly draft?: boolean;
  /** Sends the requests. Default: the runtime's own. Must obey `redirect: 'manual'`. */
  readonly fetch?: Fetch;
  /** How long a request may take, in milliseconds, where a call sets no other limit. Default 60,000. */
  readonly requestTimeoutMs?: number;
}

const WHO = `${NAME}/data-service`;

const { optional, text } = check;

const label: FieldCheck = (value) =>
  typeof value === 'string' && /^[a-z0-9][a-z0-9-]*$/i.test(value) ? undefined : 'letters, digits and hyphens';

const FIELDS: Readonly<Record<keyof DataServiceConfig, FieldCheck>> = {
  region: label,
  app: label,
  // Basic authentication ends the user name at the first colon, and Digest sends it as it is.
  publicKey: (value) =>
    typeof value === 'string' && /^[\x21-\x39\x3b-\x7e]+$/.test(value)
      ? undefined
      : 'a public key: ASCII characters, no colon',
  privateKey: text,
  auth: optional(check.oneOf('basic', 'digest')),
  draft: optional(check.boolean),
  fetch: optional((value) => (typeof value === 'function' ? undefined : 'a function like fetch')),
  requestTimeoutMs: optional(check.milliseconds),
};

/** Throws `CONFIG` that names the wrong field. */
export function checkConfig(config: DataServiceConfig): void {
  checkFields(config, FIELDS, WHO);
}
