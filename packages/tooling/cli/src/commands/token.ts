import { ConnectorError } from '@sqlport/core/spi';
import { EXIT } from '../exit-code.ts';
import { print, printJson } from '../output.ts';
import { type TargetOptions, targetOf } from '../target.ts';

export interface TokenOptions extends TargetOptions {
  readonly json?: boolean;
}

/** `sqlport token <url>`: the only command that writes a secret, since that is what it is for. */
export async function token(url: string, { json = false, ...options }: TokenOptions): Promise<number> {
  const { token: makeToken, summary } = await targetOf(url, options);
  if (makeToken === undefined) {
    const message = `There are no IAM tokens for ${summary['strategy']} with this kind of login.`;
    throw new ConnectorError('CONFIG', message);
  }
  const made = await makeToken();
  if (json) await printJson(made);
  else await print(made.token);
  return EXIT.done;
}
