import { loadAwsServiceSpecSync } from '@aws-cdk/aws-service-spec';
import type { PropertyType, ResourceProperties } from '@aws-cdk/service-spec-types';
import { isIntrinsic, namesInSub, type Template, textOfSub } from './template.ts';

/** CloudFormation's and SAM's own specification of their resources, as the AWS CDK publishes it. */
const spec = loadAwsServiceSpecSync();

/** SAM makes these next to a function, under names that templates may refer to. */
const BESIDE_A_FUNCTION = { Url: 'AWS::Lambda::Url', Role: 'AWS::IAM::Role' };
const PSEUDO = /^AWS::(?:AccountId|Partition|Region|StackName|URLSuffix)$/;

/**
 * What CloudFormation would refuse, or never do: unknown types and properties, missing ones, values of the wrong type
 * or not among those allowed, references to nothing, circles, parameters nobody uses.
 */
export function problemsOf(template: Template): readonly string[] {
  const types = typesOf(template);
  const problems: string[] = [];
  const used = new Map<string, Set<string>>();
  for (const [name, { Type, Properties = {}, DependsOn = [] }] of Object.entries(template.Resources)) {
    const known = resourceType(Type);
    if (known === undefined) problems.push(`${name}: there is no type ${Type}`);
    else problems.push(...wrongProperties(Properties, known.properties, name));
    const references = new Set([DependsOn].flat());
    used.set(name, references);
    for (const reference of referencesIn(Properties)) {
      problems.push(...wrongReference(reference, template, types).map((text) => `${name}: ${text}`));
      references.add(reference[0]);
    }
  }
  for (const [name, { Value }] of Object.entries(template.Outputs)) {
    for (const reference of referencesIn(Value)) {
      problems.push(...wrongReference(reference, template, types).map((text) => `output ${name}: ${text}`));
    }
  }
  for (const name of used.keys()) if (reaches(name, name, used)) problems.push(`${name}: depends on itself`);
  const all = new Set([...used.values()].flatMap((names) => [...names]));
  for (const name of Object.keys(template.Parameters ?? {})) {
    if (!all.has(name)) problems.push(`parameter ${name}: is not used`);
  }
  return problems;
}

type Reference = readonly [name: string, attribute: string | undefined];

/** Every `Ref`, `GetAtt` and name of a `Sub` below a value. */
function referencesIn(value: unknown): readonly Reference[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (typeof value !== 'object' || value === null) return [];
  if ('Ref' in value) return [[String(value.Ref), undefined]];
  if ('Fn::GetAtt' in value) return [value['Fn::GetAtt'] as unknown as Reference];
  if ('Fn::Sub' in value) {
    const [text, own] = textOfSub(value['Fn::Sub']);
    const names = namesInSub(text).filter((name) => !Object.hasOwn(own, name));
    const references = names.map((name): Reference => {
      const dot = name.indexOf('.');
      return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
    });
    return [...references, ...referencesIn(own)];
  }
  return Object.values(value).flatMap(referencesIn);
}

function wrongReference([name, attribute]: Reference, template: Template, types: ReadonlyMap<string, string>) {
  if (attribute === undefined) {
    const exists = PSEUDO.test(name) || types.has(name) || Object.hasOwn(template.Parameters ?? {}, name);
    return exists ? [] : [`there is no ${name}`];
  }
  const type = types.get(name);
  if (type === undefined) return [`there is no ${name}`];
  // SAM turns its functions into those of Lambda.
  const known = resourceType(type === 'AWS::Serverless::Function' ? 'AWS::Lambda::Function' : type);
  return Object.hasOwn(known?.attributes ?? {}, attribute) ? [] : [`${name} has no attribute ${attribute}`];
}

function typesOf({ Resources }: Template): ReadonlyMap<string, string> {
  const types = new Map(Object.entries(Resources).map(([name, { Type }]) => [name, Type]));
  for (const [name, type] of [...types]) {
    if (type !== 'AWS::Serverless::Function') continue;
    for (const [suffix, beside] of Object.entries(BESIDE_A_FUNCTION)) types.set(name + suffix, beside);
  }
  return types;
}

function resourceType(type: string) {
  return spec.lookup('resource', 'cloudFormationType', 'equals', type)[0];
}

function reaches(from: string, to: string, used: ReadonlyMap<string, ReadonlySet<string>>, seen = new Set()): boolean {
  for (const name of used.get(from) ?? []) {
    if (name === to) return true;
    if (seen.has(name)) continue;
    seen.add(name);
    if (reaches(name, to, used, seen)) return true;
  }
  return false;
}

function wrongProperties(value: object, properties: ResourceProperties, path: string): readonly string[] {
  const given = Object.entries(value);
  return [
    ...Object.entries(properties)
      .filter(([name, { required }]) => required && !Object.hasOwn(value, name))
      .map(([name]) => `${path}.${name}: is missing`),
    ...given.flatMap(([name, member]) => {
      const property = properties[name];
      return property === undefined
        ? [`${path}.${name}: is not known`]
        : wrongValue(member, property.type, `${path}.${name}`);
    }),
  ];
}

function wrongValue(value: unknown, type: PropertyType, path: string): readonly string[] {
  if (isIntrinsic(value)) return [];
  switch (type.type) {
    case 'array':
      if (!Array.isArray(value)) return [`${path}: must be a list`];
      return value.flatMap((member, index) => wrongValue(member, type.element, `${path}[${index}]`));
    case 'map':
      if (!isObject(value)) return [`${path}: must be a map`];
      return Object.entries(value).flatMap(([name, member]) => wrongValue(member, type.element, `${path}.${name}`));
    case 'ref':
      if (!isObject(value)) return [`${path}: must be an object`];
      return wrongProperties(value, spec.get('typeDefinition', type.reference).properties, path);
    case 'union': {
      const tries = type.types.map((each) => wrongValue(value, each, path));
      return tries.find((problems) => problems.length === 0) ?? tries.at(-1)!;
    }
    case 'string': {
      if (typeof value !== 'string') return [`${path}: must be a text`];
      const { allowedValues } = type;
      const fits = allowedValues === undefined || allowedValues.includes(value);
      return fits ? [] : [`${path}: must be one of ${allowedValues.join(', ')}`];
    }
    case 'integer':
    case 'number':
      return typeof value === 'number' ? [] : [`${path}: must be a number`];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path}: must be true or false`];
    default:
      return [];
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
