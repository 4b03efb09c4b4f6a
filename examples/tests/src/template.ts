import { readFileSync } from 'node:fs';
import { isMap, isScalar, isSeq, type Node, parseDocument } from 'yaml';

interface Resource {
  readonly Type: string;
  readonly DependsOn?: string | readonly string[];
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** A SAM template, its short forms (`!Ref`, `!GetAtt`, `!Sub` …) written out. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Default?: string }>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
}

export function readTemplate(path: string | URL): Template {
  const document = parseDocument(readFileSync(path, 'utf8'), { logLevel: 'error' });
  if (document.errors.length > 0) throw document.errors[0];
  return plain(document.contents) as Template;
}

/** Whether a value is a call of an intrinsic function, which stands for something that is not known before. */
export function isIntrinsic(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const [key, ...others] = Object.keys(value);
  return key !== undefined && others.length === 0 && (key === 'Ref' || key.startsWith('Fn::'));
}

/** The text of a `Fn::Sub`, and the names that it gives values itself. */
export function textOfSub(argument: unknown): readonly [text: string, own: Readonly<Record<string, unknown>>] {
  return Array.isArray(argument) ? [argument[0], argument[1]] : [argument as string, {}];
}

/** The names in a text of `Fn::Sub`. */
export function namesInSub(text: string): readonly string[] {
  return [...text.matchAll(/\$\{([^!}]+)\}/g)].map(([, name]) => name!);
}

/**
 * The value that a part of a template has once it is deployed. `known`: by name (`Cluster`, `Cluster.DBClusterArn`,
 * `AWS::Region`), what is referred to. Throws for a name that is not known.
 */
export function resolve(value: unknown, template: Template, known: Readonly<Record<string, string>>): unknown {
  const at = (name: string): string => {
    const found = known[name] ?? template.Parameters?.[name]?.Default;
    if (found === undefined) throw new Error(`Nobody said what ${name} is.`);
    return found;
  };
  const go = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(go);
    if (typeof part !== 'object' || part === null) return part;
    if (!isIntrinsic(part)) return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, go(member)]));
    const [[name, argument]] = Object.entries(part) as [[string, never]];
    switch (name) {
      case 'Ref':
        return at(argument);
      case 'Fn::GetAtt':
        return at((argument as readonly string[]).join('.'));
      case 'Fn::Sub': {
        const [text, own] = textOfSub(argument);
        const found = (each: string) => (Object.hasOwn(own, each) ? String(go(own[each])) : at(each));
        return namesInSub(text).reduce((filled, each) => filled.replace(`\${${each}}`, found(each)), text);
      }
      case 'Fn::Split':
        return String(go(argument[1])).split(argument[0]);
      case 'Fn::Select':
        return (go(argument[1]) as readonly unknown[])[argument[0]];
      case 'Fn::FindInMap': {
        const [map, first, second] = (argument as readonly unknown[]).map(go) as [string, string, string];
        return template.Mappings![map]![first]![second];
      }
      default:
        throw new Error(`${name} is not resolved here.`);
    }
  };
  return go(value);
}

/** YAML's nodes as plain values, tags as calls of functions. */
function plain(node: unknown): unknown {
  const value = isMap(node)
    ? Object.fromEntries(node.items.map(({ key, value }) => [String(plain(key)), plain(value)]))
    : isSeq(node)
      ? node.items.map(plain)
      : isScalar(node)
        ? node.value
        : null;
  const name = /^!(\w+)$/.exec((node as Node | null)?.tag ?? '')?.[1];
  if (name === undefined) return value;
  if (name === 'Ref') return { Ref: value };
  if (name === 'GetAtt') return { 'Fn::GetAtt': splitOnce(String(value)) };
  return { [`Fn::${name}`]: value };
}

function splitOnce(text: string): readonly [string, string] {
  const dot = text.indexOf('.');
  return [text.slice(0, dot), text.slice(dot + 1)];
}
