import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the server answers: an HTTP status and a JSON body, after the promise, if it is one. */
export type Answer = readonly [status: number, body: unknown];

/** A server that speaks GetSecretValue as AWS Secrets Manager does (AWS JSON 1.1), for the real SDK to talk to. */
export interface SecretsManagerServer extends AsyncDisposable {
  readonly endpoint: string;
  /** The secret ids that were asked for, in order. */
  readonly asked: string[];
  answer: Answer | Promise<Answer>;
}

export async function startSecretsManager(answer: SecretsManagerServer['answer']): Promise<SecretsManagerServer> {
  const asked: string[] = [];
  const server: Server = createServer(async (request, response) => {
    const { SecretId } = JSON.parse(await text(request)) as { SecretId: string };
    asked.push(SecretId);
    const [status, body] = isGetSecretValue(request) ? await self.answer : [400, { __type: 'UnknownOperation' }];
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const self: SecretsManagerServer = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    answer,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return self;
}

function isGetSecretValue({ method, headers }: IncomingMessage): boolean {
  const signed = /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/eu-west-1\/secretsmanager\/aws4_request,/;
  return (
    method === 'POST' &&
    headers['x-amz-target'] === 'secretsmanager.GetSecretValue' &&
    signed.test(headers.authorization ?? '')
  );
}
