import { join } from 'node:path';
import ts from 'typescript';
import type { Example } from './example.ts';

const PACKAGE = join(import.meta.dirname, '..');

/** What the compiler has to say about each example, by its name, with the settings of this repository. */
export function mistakesIn(examples: readonly Example[]): ReadonlyMap<string, readonly string[]> {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(PACKAGE, 'tsconfig.json'), ts.sys.readFile).config,
    ts.sys,
    PACKAGE,
  );
  // Files that are nowhere on the disk, beside this package's own, so that imports find what it depends on.
  const texts = new Map(
    examples.map(({ text }, index) => [join(PACKAGE, `example-${index}.ts`), `${text}\nexport {};`]),
  );
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => texts.has(name) || fileExists(name);
  host.readFile = (name) => texts.get(name) ?? readFile(name);
  host.getSourceFile = (name, target, ...rest) => {
    const text = texts.get(name);
    return text === undefined ? getSourceFile(name, target, ...rest) : ts.createSourceFile(name, text, target);
  };
  const program = ts.createProgram([...texts.keys()], options, host);
  const messages = [...texts.keys()].map((name) => {
    const file = program.getSourceFile(name);
    const found = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  });
  return new Map(examples.map(({ name }, index) => [name, messages[index]!]));
}
