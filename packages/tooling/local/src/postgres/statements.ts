import { type Framing, messagesOf } from '../frames.ts';

/** A type, and a length that counts itself. */
export const postgresFraming: Framing = { headLength: 5, bodyLength: (head) => head.readUInt32BE(1) - 4 };

/** Listens to what a client sends after its login, and tells the text of each statement, prepared ones at each use. */
export function statementsOf(onStatement: (text: string) => void): (chunk: Buffer) => void {
  const prepared = new Map<string, string>();
  return messagesOf(postgresFraming, (head, body) => {
    const [first = '', second = ''] = body.toString('utf8').split('\0', 2);
    switch (String.fromCharCode(head[0]!)) {
      case 'Q':
        onStatement(first);
        break;
      case 'P':
        prepared.set(first, second);
        break;
      case 'B': {
        const text = prepared.get(second);
        if (text !== undefined) onStatement(text);
        break;
      }
    }
  });
}
