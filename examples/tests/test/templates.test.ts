import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTemplate, type Template } from '../src/template.ts';
import { problemsOf } from '../src/template-problems.ts';

const EXAMPLES = join(import.meta.dirname, '../..');
const paths = globSync('*/template.yaml', { cwd: EXAMPLES }).toSorted();

test.each(paths)('%s is what CloudFormation takes', (path) => {
  expect(problemsOf(readTemplate(join(EXAMPLES, path)))).toEqual([]);
});

describe('the check of templates notices', () => {
  const good = readTemplate(join(EXAMPLES, 'lambda-data-api-mysql/template.yaml'));
  const changed = (name: string, change: object): Template => {
    const resource = good.Resources[name]!;
    return { ...good, Resources: { ...good.Resources, [name]: { ...resource, ...change } } };
  };
  const withProperty = (name: string, property: object) =>
    changed(name, { Properties: { ...good.Resources[name]!.Properties, ...property } });

  test.each<[string, Template, string]>([
    [
      'a type that is not there',
      changed('Cluster', { Type: 'AWS::RDS::Cluster' }),
      'there is no type AWS::RDS::Cluster',
    ],
    ['an unknown property', withProperty('Cluster', { HttpEndpoint: true }), 'Cluster.HttpEndpoint: is not known'],
    ['a missing property', changed('SubnetGroup', { Properties: {} }), 'SubnetGroup.SubnetIds: is missing'],
    ['a wrong type', withProperty('Cluster', { EnableHttpEndpoint: 'yes' }), 'must be true or false'],
    [
      'a wrong value deep inside',
      withProperty('ListUsers', { FunctionUrlConfig: { AuthType: 3 } }),
      'ListUsers.FunctionUrlConfig.AuthType: must be a text',
    ],
    ['a reference to nothing', withProperty('SubnetA', { VpcId: { Ref: 'Vpc' } }), 'SubnetA: there is no Vpc'],
    [
      'an attribute that is not there',
      withProperty('SubnetA', { VpcId: { 'Fn::GetAtt': ['Cluster', 'Arn'] } }),
      'Cluster has no attribute Arn',
    ],
    ['a circle', changed('Cluster', { DependsOn: 'Instance' }), 'Cluster: depends on itself'],
    ['an unused parameter', { ...good, Parameters: { Stage: {} } }, 'parameter Stage: is not used'],
  ])('%s', (_what, template, problem) => {
    expect(problemsOf(template).join('\n')).toContain(problem);
  });
});
