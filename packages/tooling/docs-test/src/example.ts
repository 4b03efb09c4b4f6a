/** A TypeScript block of a page of the documentation. */
export interface Example {
  /** `README.md:18`: the page, and the line of the opening fence. */
  readonly name: string;
  /** The block, behind those that it continues. */
  readonly text: string;
  /** False where the page says `compiles only`. */
  readonly runs: boolean;
}

const FENCE = /^```(\w*)\s*$/;
const MARK = /^<!-- example: (.*) -->$/;

/**
 * The `ts` blocks of a page, in order. The line before a block may be a mark: `<!-- example: continues -->` for one that
 * goes on where the block before it ended, `<!-- example: compiles only -->` for one that is not run.
 * Throws for another mark, and for one that no block follows.
 */
export function examplesOf(markdown: string, page: string): readonly Example[] {
  const examples: Example[] = [];
  const lines = markdown.split('\n');
  let mark: string | undefined;
  for (let line = 0; line < lines.length; line++) {
    const found = MARK.exec(lines[line]!)?.[1];
    const language = FENCE.exec(lines[line]!)?.[1];
    if (mark !== undefined && language !== 'ts') throw new Error(`${page}:${line}: no \`ts\` block after the mark.`);
    if (found !== undefined && found !== 'continues' && found !== 'compiles only') {
      throw new Error(`${page}:${line + 1}: there is no mark "${found}".`);
    }
    if (language !== undefined) {
      const end = lines.indexOf('```', line + 1);
      const text = lines.slice(line + 1, end).join('\n');
      if (language === 'ts') examples.push(example(text, `${page}:${line + 1}`, mark, examples.at(-1)));
      line = end;
    }
    mark = found;
  }
  return examples;
}

function example(text: string, name: string, mark: string | undefined, before: Example | undefined): Example {
  if (mark !== 'continues') return { name, text, runs: mark === undefined };
  if (before === undefined) throw new Error(`${name}: no block to continue.`);
  return { name, text: `${before.text}\n${text}`, runs: before.runs };
}
