/** Quoted texts and comments, each as the engine reads it with its default settings. */
const quoted = {
  postgres:
    /\b[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|--[^\n]*|\/\*[\s\S]*?\*\//g,
  mysql:
    /'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S]|"")*"|`(?:[^`]|``)*`|--[ \t\n][^\n]*|#[^\n]*|\/\*(?!!)[\s\S]*?\*\//g,
};

/**
 * The statements of a text, in which everything quoted, and every comment, is spaces: so that a word that is found is
 * one of SQL's own. `start` and `text` are where the statement was in the original.
 */
export function bareStatements(
  text: string,
  dialect: keyof typeof quoted,
): readonly { readonly bare: string; readonly text: string }[] {
  const bare = text.replace(quoted[dialect], (match) => ' '.repeat(match.length));
  const statements: { bare: string; text: string }[] = [];
  let start = 0;
  for (const part of bare.split(';')) {
    if (part.trim()) statements.push({ bare: part, text: text.slice(start, start + part.length) });
    start += part.length + 1;
  }
  return statements;
}

/** Statements with more text than this are pinned on every engine. */
export const longestUnpinnedBytes = 16 * 1024;
