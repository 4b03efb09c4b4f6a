import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the server answers to an action of AWS's query protocol: XML, or an error with its status. */
export type Answers = Readonly<Record<string, string | { readonly status: number; readonly code: string }>>;

/** Speaks for the AWS services that local endpoints do not imitate: STS and RDS itself. */
export interface AwsServer extends AsyncDisposable {
  readonly url: string;
}

export async function awsServer(answers: Answers): Promise<AwsServer> {
  const server = createServer(async (request: IncomingMessage, response) => {
    const action = new URLSearchParams(await text(request)).get('Action') ?? '';
    const answer = answers[action] ?? '';
    const [status, body] =
      typeof answer === 'string'
        ? [200, `<${action}Response><${action}Result>${answer}</${action}Result></${action}Response>`]
        : [
            answer.status,
            `<ErrorResponse><Error><Type>Sender</Type><Code>${answer.code}</Code><Message>no</Message></Error></ErrorResponse>`,
          ];
    response.writeHead(status, { 'content-type': 'text/xml', connection: 'close' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
