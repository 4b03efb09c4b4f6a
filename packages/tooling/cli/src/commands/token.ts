import { EXIT } from '../exit-code.ts';
import { print, printJson } from '../output.ts';
import { requireToken } from '../strategies/iam.ts';
import { type TargetOptions, targetOf } from '../target.ts';

export interface TokenOptions extends TargetOptions {
  readonly json?: boolean;
}

/** `sqlport token <url>`: the only command that writes a secret, since that is what it is for. */
export async function token(url: string, { json = false, ...options }: TokenOptions): Promise<number> {
  const made = await requireToken(await targetOf(url, options))();
  if (json) await printJson(made);
  else await print(made.token);
  return EXIT.done;
}
