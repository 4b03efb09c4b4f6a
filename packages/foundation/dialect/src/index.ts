export { bind, shareParameters } from './bind.ts';
export type { Dialect } from './dialect.ts';
export type { ErrorCode } from './error-code.ts';
export { type FoldedInsert, type FoldLimits, foldInsert, foldStatements } from './fold.ts';
export { lex, type TokenKind } from './lexer.ts';
export { interpolate, type LiteralWire, mysqlLiteral, postgresLiteral } from './literal.ts';
export { type MysqlConstraint, mysqlConstraint } from './mysql-constraint.ts';
export { mysqlErrorCode } from './mysql-error-code.ts';
export {
  MYSQL_SESSION_QUESTION,
  type MysqlNeed,
  mayWrite,
  mysqlNeeds,
  mysqlNeedsMet,
} from './mysql-session.ts';
export { mysqlTypeName } from './mysql-types.ts';
export { type MysqlColumnType, type MysqlDecoder, mysqlDecoder } from './mysql-values.ts';
export { type Placeholder, planOf, type StatementPlan } from './plan.ts';
export { postgresErrorCode } from './postgres-error-code.ts';
export { postgresText } from './postgres-text.ts';
export { postgresTypeName, postgresTypeOid } from './postgres-types.ts';
export { type PostgresDecoder, postgresDecoder } from './postgres-values.ts';
export { withoutLiterals } from './redact.ts';
export { replacePlaceholders } from './replace-placeholders.ts';
export { SqlTextError } from './sql-text-error.ts';
export type { Statement } from './statement.ts';
export { checkValue, JsonParam, json, type SqlValue, type ValueOptions } from './value.ts';
