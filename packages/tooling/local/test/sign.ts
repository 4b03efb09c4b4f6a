import { Signer } from '@aws-sdk/rds-signer';
import type { IamConfig } from '../src/index.ts';

type Credentials = { accessKeyId: string; secretAccessKey: string; sessionToken?: string };

/** What a token is made for. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly region: string;
  readonly credentials: Credentials;
}

/** A token made by AWS's own signer, for a configuration or something a little different from it. */
export function sign(config: IamConfig<string>, changes: Partial<Target> = {}): Promise<string> {
  const { host, port, user, region, credentials } = { ...config, ...changes };
  return new Signer({ hostname: host, port, username: user, region, credentials }).getAuthToken();
}
