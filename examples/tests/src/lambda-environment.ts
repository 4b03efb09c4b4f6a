import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type Reply, type Request, SURROUNDINGS, type Surroundings } from './messages.ts';

/** The credentials that Lambda puts into the environment of a function: its role's. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** What stands for the cloud on this machine. */
export interface Cloud extends Pick<Surroundings, 'ca'> {
  readonly region: string;
  readonly names?: Surroundings['names'];
}

export interface LambdaOptions {
  /** The file with the handler, as the build made it. */
  readonly file: string;
  readonly cloud: Cloud;
  readonly role: RoleCredentials;
  /** The environment variables of the function. */
  readonly variables: Readonly<Record<string, string>>;
}

/** What an HTTP API or a function URL makes of the handler's answer. */
export interface HttpReply {
  readonly statusCode: number;
  readonly body: unknown;
}

/** One execution environment of a Lambda function: a process that answers one event after another. */
export class LambdaEnvironment implements AsyncDisposable {
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#process = child;
  }

  /** A cold start. Rejects where the file throws while it is loaded. */
  static async start({ file, cloud, role, variables }: LambdaOptions): Promise<LambdaEnvironment> {
    const { ca, region, names = {} } = cloud;
    const surroundings: Surroundings = { ca, file, names };
    const child = fork(new URL('./lambda-runtime.ts', import.meta.url), {
      env: {
        AWS_LAMBDA_FUNCTION_NAME: 'example',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs22.x',
        AWS_REGION: region,
        AWS_ACCESS_KEY_ID: role.accessKeyId,
        AWS_SECRET_ACCESS_KEY: role.secretAccessKey,
        AWS_SESSION_TOKEN: role.sessionToken,
        TZ: ':UTC',
        ...variables,
        [SURROUNDINGS]: JSON.stringify(surroundings),
      },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    const said: Buffer[] = [];
    child.stderr!.on('data', (chunk: Buffer) => said.push(chunk));
    const ended = once(child, 'close').then(() => {
      throw new Error(`The function did not start: ${Buffer.concat(said).toString()}`);
    });
    await Promise.race([once(child, 'message'), ended]);
    ended.catch(() => undefined);
    return new LambdaEnvironment(child);
  }

  /** Calls the handler; the body of its answer is read as JSON. Rejects with what the handler threw. */
  async invoke(event: unknown): Promise<HttpReply> {
    const answered = once(this.#process, 'message') as Promise<[Reply]>;
    this.#send({ event });
    const [reply] = await answered;
    if ('error' in reply) throw Object.assign(new Error(reply.error.message), { name: reply.error.name });
    const { statusCode, body } = (reply as { result: { statusCode: number; body?: string } }).result;
    return { statusCode, body: body === undefined ? undefined : JSON.parse(body) };
  }

  /** Stops the process, as AWS does after an answer. What happens meanwhile it learns when it goes on. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  /** Lets the process go on; its wall clock is `clockAheadMs` ahead of this machine's. */
  thaw(clockAheadMs: number): void {
    this.#send({ clockAheadMs });
    this.#process.kill('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, 'close');
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    this.#process.kill('SIGKILL');
    await ended;
  }

  #send(request: Request): void {
    this.#process.send(request);
  }
}
