import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the server answers to an action: XML, or JSON for services that speak it; or an error of the former. */
export type Answers = Readonly<Record<string, string | { readonly status: number; readonly code: string }>>;

/** Speaks for the AWS services that local endpoints do not imitate: STS and RDS itself. */
export interface AwsServer extends AsyncDisposable {
  readonly url: string;
}

export async function awsServer(answers: Answers): Promise<AwsServer> {
  const server = createServer(async (request: IncomingMessage, response) => {
    const body = await text(request);
    // JSON 1.1 names the action in a header, the query protocol in the body.
    const target = request.headers['x-amz-target'];
    const action = String(target ?? '').split('.')[1] ?? new URLSearchParams(body).get('Action') ?? '';
    const answer = answers[action] ?? '';
    const [status, reply] =
      typeof answer === 'string'
        ? [200, target ? answer : `<${action}Response><${action}Result>${answer}</${action}Result></${action}Response>`]
        : [
            answer.status,
            `<ErrorResponse><Error><Type>Sender</Type><Code>${answer.code}</Code><Message>no</Message></Error></ErrorResponse>`,
          ];
    response.writeHead(status, { 'content-type': 'text/xml', connection: 'close' }).end(reply);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
