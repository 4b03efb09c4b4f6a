import { messagesOf } from '../frames.ts';

// Source: MySQL source documentation, "Text Protocol" and "Prepared Statements".
const command = { query: 0x03, prepare: 0x16 } as const;

/** Listens to what a client sends after its login, and tells the text of each statement. */
export function statementsOf(onStatement: (text: string) => void): (chunk: Buffer) => void {
  const framing = { headLength: 4, bodyLength: (head: Buffer) => head.readUIntLE(0, 3) };
  return messagesOf(framing, (head, body) => {
    // Any other sequence number: the packet goes on with an earlier one, or answers the server.
    if (head[3] !== 0) return;
    if (body[0] === command.query || body[0] === command.prepare) onStatement(body.toString('utf8', 1));
  });
}
