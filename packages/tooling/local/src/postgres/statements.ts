import { messagesOf } from '../frames.ts';

/** Listens to what a client sends after its login, and tells the text of each statement, prepared ones at each use. */
export function statementsOf(onStatement: (text: string) => void): (chunk: Buffer) => void {
  const prepared = new Map<string, string>();
  const framing = { headLength: 5, bodyLength: (head: Buffer) => head.readUInt32BE(1) - 4 };
  return messagesOf(framing, (head, body) => {
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
