import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBotocore } from './outside-tools.ts';

interface Shape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly union?: boolean;
  readonly sparse?: boolean;
  readonly exception?: boolean;
  readonly error?: { readonly httpStatusCode: number };
}

interface Model {
  readonly shapes: Readonly<Record<string, Shape>>;
  readonly operations: Readonly<Record<string, { readonly output: { readonly shape: string } }>>;
}

/** Checks a reply of the service; throws what is wrong with it. */
export type CheckReply = (operation: string, status: number, errorType: string | undefined, body: string) => void;

/** AWS's own description of the service, as botocore brings it along, as a judge of replies; or why there is none. */
export async function findJudge(): Promise<CheckReply | { readonly missing: string }> {
  const tool = await findBotocore();
  if ('missing' in tool) return tool;
  const path = join(tool.env['PYTHONPATH']!, 'botocore/data/rds-data/2018-08-01/service-2.json');
  const model = JSON.parse(await readFile(path, 'utf8')) as Model;
  return (operation, status, errorType, body) => {
    const reply: unknown = JSON.parse(body);
    const shape = model.shapes[errorType ?? ''];
    if (status === 200) {
      check(model, model.operations[operation]!.output.shape, reply, operation);
    } else if (shape?.exception) {
      if (shape.error!.httpStatusCode !== status) throw new Error(`${errorType} came with the status ${status}`);
      check(model, errorType!, reply, errorType!);
    } else {
      // Errors of AWS's front door are not in the model; they have a text at most.
      checkStructure(
        model,
        { type: 'structure', members: { message: { shape: 'ErrorMessage' } } },
        reply,
        `${errorType}`,
      );
    }
  };
}

function check(model: Model, name: string, value: unknown, at: string): void {
  const shape = model.shapes[name]!;
  switch (shape.type) {
    case 'structure':
      checkStructure(model, shape, value, at);
      return;
    case 'list':
      if (!Array.isArray(value)) throw wrong(at, 'a list', value);
      for (const [i, item] of value.entries()) {
        if (item !== null || !shape.sparse) check(model, shape.member!.shape, item, `${at}[${i}]`);
      }
      return;
    case 'integer':
    case 'long':
      if (typeof value !== 'number' || !Number.isInteger(value)) throw wrong(at, 'an integer', value);
      return;
    case 'double':
      if (typeof value === 'number' || ['NaN', 'Infinity', '-Infinity'].includes(value as string)) return;
      throw wrong(at, 'a double', value);
    case 'blob':
      if (typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value) return;
      throw wrong(at, 'base64', value);
    default:
      // What is left are `string` and `boolean`.
      if (typeof value !== shape.type) throw wrong(at, `a ${shape.type}`, value);
  }
}

function checkStructure(model: Model, shape: Shape, value: unknown, at: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(at, 'a structure', value);
  const entries = Object.entries(value);
  if (shape.union && entries.length !== 1) throw wrong(at, 'a union of one member', value);
  for (const [name, part] of entries) {
    const member = shape.members?.[name];
    if (!member) throw new Error(`${at} has a member ${name}, which the model does not know`);
    check(model, member.shape, part, `${at}.${name}`);
  }
}

const wrong = (at: string, what: string, value: unknown): Error =>
  new Error(`${at} is not ${what}: ${JSON.stringify(value)?.slice(0, 100)}`);
