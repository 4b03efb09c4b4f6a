import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from 'markdown-table';
import ts from 'typescript';
import { DOCS, ROOT, SITE } from './folders.ts';

const PAGE = join(DOCS, 'configuration.md');

/** A part of the page: declarations of one source file. */
interface Part {
  readonly title: string;
  readonly source: string;
  readonly types: readonly string[];
}

const PARTS: readonly Part[] = [
  {
    title: 'iam-pg',
    source: 'packages/adapters/iam-pg/src/config.ts',
    types: ['IamPgServerConfig', 'IamPgPoolConfig'],
  },
  {
    title: 'iam-mysql2',
    source: 'packages/adapters/iam-mysql2/src/config.ts',
    types: ['IamMysql2ServerConfig', 'IamMysql2PoolConfig'],
  },
  {
    title: 'data-api',
    source: 'packages/adapters/data-api/src/config.ts',
    types: ['DataApiEndpointConfig', 'DataApiClientConfig'],
  },
  {
    title: 'tidb-serverless',
    source: 'packages/adapters/tidb-serverless/src/config.ts',
    types: ['TidbServerlessServerConfig', 'TidbServerlessConnectionConfig'],
  },
  { title: 'Logins over TCP', source: 'packages/foundation/aws-auth/src/login.ts', types: ['Auth'] },
  { title: 'Readers', source: 'packages/foundation/aws-auth/src/reader-config.ts', types: ['ReaderConfig'] },
  { title: 'Every connection', source: 'packages/core/src/connection.ts', types: ['ConnectOptions'] },
  { title: 'Retry', source: 'packages/core/src/retry.ts', types: ['RetryOptions'] },
  {
    title: 'Every call',
    source: 'packages/core/src/options.ts',
    types: ['QueryOptions', 'StreamOptions', 'TransactionOptions'],
  },
];

/** `docs/configuration.md` as the declarations of the packages give it. */
export function configurationPage(): string {
  const { options } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(join(SITE, 'tsconfig.api.json'), ts.sys.readFile).config,
    ts.sys,
    SITE,
  );
  const program = ts.createProgram(
    PARTS.map(({ source }) => join(ROOT, source)),
    options,
  );
  return [
    '# Configuration',
    '',
    'Written by `npm run docs:configuration -- --write` from the declarations in the packages; do not edit. A wrong field is a `CONFIG`',
    'error that names it.',
    '',
    ...PARTS.flatMap((part) => partOf(part, program)),
  ].join('\n');
}

/** The page as it is in the repository. */
export function writtenPage(): string {
  return readFileSync(PAGE, 'utf8');
}

export function writeConfigurationPage(): void {
  writeFileSync(PAGE, configurationPage());
}

function partOf({ title, source, types }: Part, program: ts.Program): string[] {
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(join(ROOT, source))!;
  const named = checker.getExportsOfModule(checker.getSymbolAtLocation(file)!);
  const url = named.find(({ name }) => name === 'fromUrl');
  return [
    `## ${title}`,
    '',
    ...(url === undefined ? [] : [docOf(url, checker), '']),
    ...types.flatMap((name) => {
      const symbol = named.find((each) => each.name === name)!;
      return [`### \`${name}\``, '', docOf(symbol, checker), '', tableOf(symbol, checker), ''];
    }),
  ];
}

/** The fields of an interface, or what another type stands for. */
function tableOf(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const alias = symbol.declarations?.find(ts.isTypeAliasDeclaration);
  if (alias !== undefined) return `\`${alias.type.getText().replaceAll(/\s+/g, ' ')}\``;
  const fields = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
  const rows = fields
    .filter((field) => !isNever(field, checker))
    .map((field) => [`\`${field.name}\``, needed(field), `\`${typeOf(field)}\``, docOf(field, checker)].map(cell));
  return markdownTable([['field', 'needed', 'type', 'meaning'], ...rows]);
}

/** A field that only says that it belongs to another form of the configuration. */
function isNever(field: ts.Symbol, checker: ts.TypeChecker): boolean {
  return checker.typeToString(checker.getTypeOfSymbol(field)) === 'undefined';
}

function needed(field: ts.Symbol): string {
  return field.flags & ts.SymbolFlags.Optional ? '' : 'yes';
}

/** As it is declared: names of types say more than what they stand for. */
function typeOf(field: ts.Symbol): string {
  const declaration = field.declarations?.find(ts.isPropertySignature);
  return (declaration?.type?.getText() ?? '').replaceAll(/\s+/g, ' ').replace(/ \| undefined$/, '');
}

function docOf(symbol: ts.Symbol, checker: ts.TypeChecker): string {
  const parts = symbol.getDocumentationComment(checker);
  return ts
    .displayPartsToString(parts)
    .replaceAll(/\{@link ([^ }]+) ?\}/g, '`$1`')
    .replace(/\n- /, '\n\n- ')
    .trim();
}

const cell = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|');
