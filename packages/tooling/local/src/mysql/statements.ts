import { type Framing, messagesOf } from '../frames.ts';
import { capability } from './handshake.ts';

// Source: MySQL source documentation, "Text Protocol" (COM_QUERY) and "Prepared Statements".
const command = { query: 0x03, prepare: 0x16 } as const;

/** Three bytes of length, and a sequence number. */
export const mysqlFraming: Framing = { headLength: 4, bodyLength: (head) => head.readUIntLE(0, 3) };

/**
 * Listens to what a client sends after its login, and tells the text of each statement; but for those that come with
 * query attributes of the client's own.
 */
export function statementsOf(capabilities: number, onStatement: (text: string) => void): (chunk: Buffer) => void {
  const hasAttributes = (capabilities & capability.queryAttributes) !== 0;
  return messagesOf(mysqlFraming, (head, body) => {
    // Any other sequence number: the packet goes on with an earlier one, or answers the server.
    if (head[3] !== 0) return;
    if (body[0] === command.prepare) onStatement(body.toString('utf8', 1));
    if (body[0] !== command.query) return;
    // The number of attributes, and of sets of them, which is 1.
    if (!hasAttributes) onStatement(body.toString('utf8', 1));
    else if (body[1] === 0) onStatement(body.toString('utf8', 3));
  });
}
