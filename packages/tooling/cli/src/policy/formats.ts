import type { PolicyStatement } from './grant.ts';

/** The document as IAM takes it. */
export function policyDocument(Statement: readonly PolicyStatement[]): object {
  return { Version: '2012-10-17', Statement };
}

/** For `Policies:` of an AWS::Serverless::Function, whose YAML takes JSON's strings and lists as they are. */
export function samPolicies(statements: readonly PolicyStatement[]): string {
  const lines = statements.flatMap(({ Sid, Effect, Action, Resource }) => [
    `      - Sid: ${Sid}`,
    `        Effect: ${Effect}`,
    ...yamlList('Action', Action),
    ...yamlList('Resource', Resource),
  ]);
  return ['Policies:', "  - Version: '2012-10-17'", '    Statement:', ...lines].join('\n');
}

function yamlList(key: string, items: readonly string[]): readonly string[] {
  return [`        ${key}:`, ...items.map((item) => `          - ${JSON.stringify(item)}`)];
}

/** A data source; `data.aws_iam_policy_document.sqlport.json` is the document. */
export function terraformDocument(statements: readonly PolicyStatement[]): string {
  const blocks = statements.map(({ Sid, Effect, Action, Resource }) =>
    [
      '  statement {',
      `    sid       = ${hclString(Sid)}`,
      `    effect    = ${hclString(Effect)}`,
      `    actions   = [${Action.map(hclString).join(', ')}]`,
      `    resources = [${Resource.map(hclString).join(', ')}]`,
      '  }',
    ].join('\n'),
  );
  return `data "aws_iam_policy_document" "sqlport" {\n${blocks.join('\n\n')}\n}`;
}

/** A string of HCL is one of JSON in which `${` and `%{` are doubled. */
function hclString(text: string): string {
  return JSON.stringify(text).replace(/[$%]\{/g, (start) => `${start[0]}${start}`);
}
