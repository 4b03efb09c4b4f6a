import pc from 'picocolors';
import { EXIT } from '../exit-code.ts';
import { print, printJson, tell } from '../output.ts';
import { policyDocument, samPolicies, terraformDocument } from '../policy/formats.ts';
import type { ResourceOptions } from '../policy/resource.ts';
import { type TargetOptions, targetOf } from '../target.ts';

export interface PolicyOptions extends TargetOptions, ResourceOptions {
  readonly json?: boolean;
  readonly sam?: boolean;
  readonly terraform?: boolean;
}

/** `sqlport policy <url>`: the policy on standard output, ready for a file; the SQL beside it, on standard error. */
export async function policy(url: string, options: PolicyOptions): Promise<number> {
  const target = await targetOf(url, options);
  const { statements, sql: user } = await target.grant(options);
  const sql = [...user.login, ...user.rights];
  if (options.json) {
    await printJson({ policy: statements.length === 0 ? null : policyDocument(statements), sql });
    return EXIT.done;
  }
  if (statements.length === 0) tell(pc.dim(`IAM has no say in logins of ${target.adapter.name} like this one.`));
  else if (options.sam) await print(samPolicies(statements));
  else if (options.terraform) await print(terraformDocument(statements));
  else await print(JSON.stringify(policyDocument(statements), undefined, 2));
  tell(pc.dim('\n-- To be run by an administrator of the database:'));
  for (const statement of sql) tell(statement);
  return EXIT.done;
}
