import { randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EXAMPLES } from './examples.ts';
import { type Cloud, LambdaEnvironment, type RoleCredentials } from './lambda-environment.ts';
import { runProgram } from './program.ts';
import { readTemplate, resolve, type Template } from './template.ts';

/** What an IAM policy allows, one action on one resource a line. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
}

/** An example after `sam deploy`, as far as this machine can have it: its template with all names filled in. */
export class Deployment {
  readonly folder: string;
  readonly template: Template;
  readonly #cloud: Cloud;
  readonly #known: Readonly<Record<string, string>>;

  /** `known`: what the resources would be called, by the names in the template (`Cluster.DBClusterArn`). */
  constructor(example: string, cloud: Cloud, known: Readonly<Record<string, string>>) {
    this.folder = join(EXAMPLES, example);
    this.template = readTemplate(join(this.folder, 'template.yaml'));
    this.#cloud = cloud;
    this.#known = known;
  }

  /** Runs a script of the example's `package.json`. */
  async run(script: string): Promise<void> {
    await runProgram(process.execPath, ['--run', script], { cwd: this.folder });
  }

  /** Runs `sqlport query` with a file of the example, against the database of the output `DatabaseUrl`. */
  async query(file: string, env: Readonly<Record<string, string>>, change = (text: string) => text): Promise<void> {
    const sqlport = join(this.folder, 'node_modules/.bin/sqlport');
    const input = change(this.text(file));
    await runProgram(sqlport, ['query', 'env:DATABASE_URL', '-'], {
      env: { PATH: process.env['PATH']!, DATABASE_URL: this.output('DatabaseUrl'), ...env },
      input,
    });
  }

  output(name: string): string {
    return this.#resolved(this.template.Outputs[name]!.Value) as string;
  }

  /** A file of the example. */
  text(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8');
  }

  /** A file of the example, as JSON. */
  json(file: string): unknown {
    return JSON.parse(this.text(file));
  }

  /** The files that the README gives a size in kB, and how many it is off by, as a share. */
  statedSizes(): Readonly<Record<string, number>> {
    const readme = this.text('README.md');
    const stated = [...readme.matchAll(/((?:\w+\/)*dist\/\w+\.mjs)\D*(\d+) kB/g)];
    return Object.fromEntries(
      stated.map(([, file, kilobytes]) => {
        const size = statSync(join(this.folder, file!)).size / 1000;
        return [file, Math.abs(size - Number(kilobytes)) / size];
      }),
    );
  }

  /** What the policies of a function allow. */
  permissions(name: string): readonly Permission[] {
    const policies = this.#property(name, 'Policies') as readonly Policy[];
    return policies
      .flatMap(({ Statement }) => Statement)
      .flatMap(({ Action, Resource }) =>
        [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ action, resource }))),
      );
  }

  /** A cold start of a function, with the environment variables of the template. */
  coldStart({ name, role, variables = {}, file }: ColdStart): Promise<LambdaEnvironment> {
    const environment = this.#property(name, 'Environment') as { Variables: Readonly<Record<string, string>> };
    const handler = this.#property(name, 'Handler') as string;
    const folder = this.#property(name, 'CodeUri') as string;
    return LambdaEnvironment.start({
      file: file ?? join(this.folder, folder, `${handler.split('.')[0]}.mjs`),
      cloud: this.#cloud,
      role,
      variables: { ...environment.Variables, ...variables },
    });
  }

  #property(name: string, property: string): unknown {
    return this.#resolved(this.template.Resources[name]!.Properties![property]);
  }

  #resolved(value: unknown): unknown {
    return resolve(value, this.template, this.#known);
  }
}

/** Which function to start, and as whom. */
export interface ColdStart {
  /** As the template calls it. */
  readonly name: string;
  readonly role: RoleCredentials;
  /** In addition to those of the template. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Another file than the one that the template deploys. */
  readonly file?: string | undefined;
}

interface Policy {
  readonly Statement: readonly {
    readonly Action: string | readonly string[];
    readonly Resource: string | readonly string[];
  }[];
}

/** Credentials as a role's are, made up. */
export function newRole(): RoleCredentials {
  return {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(60).toString('base64'),
  };
}
