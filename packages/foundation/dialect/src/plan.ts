import type { Dialect } from './dialect.ts';
import { lex, type TokenKind } from './lexer.ts';
import { SqlTextError } from './sql-text-error.ts';

/** A place in a text where a parameter goes. */
export interface Placeholder {
  /** First character, and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** Of `:name`. */
  readonly name?: string;
  /** Of `?` and `$n`: 0-based. */
  readonly index?: number;
  /**
   * False in VALUES, SET, WHERE and ON: there equal values may need different types, and no clause has to repeat an
   * expression of another, as GROUP BY and ORDER BY do with the SELECT list.
   */
  readonly shareable: boolean;
  /** In GROUP BY or ORDER BY. */
  readonly by: boolean;
}

/** What one pass over a text tells about it. */
export interface StatementPlan {
  /** Statements in the text; comments and white space are none. */
  readonly statements: number;
  /** Where each of them is, comments included, without its semicolon. */
  readonly bounds: readonly { readonly start: number; readonly end: number }[];
  /** First keyword in lower case, after comments and opening parentheses; empty where there is none. */
  readonly keyword: string;
  /** Set where a statement begins, ends or changes a transaction, or (MySQL) locks or unlocks tables. */
  readonly control: 'transaction' | 'lock-tables' | undefined;
  /** MySQL only: a statement ends the open transaction by itself. */
  readonly implicitCommit: boolean;
  /** Whether a statement leaves something behind in its session, which the next user of a connection must not meet. */
  readonly changesSession: boolean;
  /** `?` on MySQL, `$n` on PostgreSQL, in order of appearance. */
  readonly positional: readonly Placeholder[];
  /** `:name`, in order of appearance. */
  readonly named: readonly Placeholder[];
}

const TRANSACTION =
  /^(begin|start transaction|commit|end|rollback|abort|savepoint|release|prepare transaction|xa|set (\S+ )*(transaction|autocommit))\b/;

const LOCK_TABLES = /^(un)?lock tables?\b/;

/**
 * The MySQL manual's "Statements That Cause an Implicit Commit", but for those that {@link TRANSACTION} has; and TiDB's DDL
 * beside (FLASHBACK, RECOVER).
 */
const IMPLICIT_COMMIT =
  /^((alter|create|drop)(?! temporary)|rename|truncate|grant|revoke|(un)?install|set (password|default role)|analyze|cache index|check|flush|load index|optimize|repair|reset(?! persist)|(start|stop) (replica|slave|group_replication)|change|clone|import|flashback|recover)\b/;

const CHANGES_SESSION: Readonly<Record<Dialect, RegExp>> = {
  postgres: /^(set|reset|discard|listen|prepare)\b/,
  mysql: /^(set|use|handler|prepare)\b/,
};

/** The beginning of a statement whose body may hold semicolons. */
const ROUTINE = /^(create|alter) (or replace |aggregate |definer (\S+ ){0,2})*(procedure|function|trigger|event)$/;

/** Words kept of each statement's beginning, enough for the expressions above. */
const HEAD_WORDS = 12;

/** No keyword is longer; longer words are not worth lowering their case. */
const LONGEST_KEYWORD = 20;

/** Words that begin the clauses where placeholders are not shareable, and those that end them at the same depth. */
const BEGINS_UNSHARED = /^(values|set|where|on)$/;
const ENDS_UNSHARED = /^(group|having|order|union|intersect|except)$/;
/** Words that end GROUP BY and ORDER BY at the same depth. */
const ENDS_BY = /^(having|limit|offset|fetch|for|union|intersect|except)$/;

/** What may be open around a token. */
type Bracket = 'parenthesis' | 'subscript' | 'array' | 'block' | 'case';

/** Reads the tokens of one text into a plan. */
function makePlan(text: string, dialect: Dialect): StatementPlan {
  if (text.includes('\0')) throw new SqlTextError('SYNTAX', 'The statement holds a NUL character.');
  const mysql = dialect === 'mysql';
  const bounds: { start: number; end: number }[] = [];
  const positional: Placeholder[] = [];
  const named: Placeholder[] = [];
  let keyword = '';
  let control: StatementPlan['control'];
  let implicitCommit = false;
  let changesSession = false;
  let lastHead = '';

  // Of the current statement:
  let start = -1;
  let end = 0;
  let empty = true;
  let head = '';
  let headWords = 0;
  let routine = false;
  const open: Bracket[] = [];
  /** How much was open where VALUES, SET, WHERE or ON began; -1 outside of them. */
  let unshared = -1;
  /** How much was open where GROUP BY or ORDER BY began; -1 outside of them. */
  let by = -1;
  /** The last token: a word in lower case, or a punctuation character, or the kind of another token. */
  let previous = '';
  /** The last of IF, ELSEIF and WHEN that still waits for its THEN, or of UNTIL for its END. Only IF … THEN opens a block. */
  let awaits = '';

  function finish(): void {
    if (!empty) {
      if (bounds.push({ start, end }) === 1) keyword = head.split(' ', 1)[0]!;
      // Texts of many statements repeat their beginnings.
      if (head !== lastHead) {
        if (TRANSACTION.test(head)) control ??= 'transaction';
        if (mysql && LOCK_TABLES.test(head)) control ??= 'lock-tables';
        if (mysql && IMPLICIT_COMMIT.test(head)) implicitCommit = true;
        if (CHANGES_SESSION[dialect].test(head)) changesSession = true;
        lastHead = head;
      }
    }
    start = -1;
    empty = true;
    head = previous = awaits = '';
    headWords = 0;
    routine = false;
    // Setting the length of an array takes longer than all the rest.
    if (open.length > 0) open.length = 0;
    unshared = by = -1;
  }

  function word(value: string, wordEnd: number): void {
    if (headWords < HEAD_WORDS) {
      head += headWords++ ? ` ${value}` : value;
      if (headWords > 1 && ROUTINE.test(head)) routine = true;
    }
    if (previous === '.') return;
    if (routine && open.at(-1) !== 'parenthesis') routineWord(value, wordEnd);
    if (unshared < 0) {
      if (BEGINS_UNSHARED.test(value) && previous !== 'distinct') unshared = open.length;
    } else if (unshared === open.length && ENDS_UNSHARED.test(value)) unshared = -1;
    if (by < 0) {
      if (value === 'by' && (previous === 'group' || previous === 'order')) by = open.length;
    } else if (by === open.length && ENDS_BY.test(value)) by = -1;
  }

  /** Follows what opens and closes in the body of a routine, so that the semicolons in it end nothing. */
  function routineWord(value: string, wordEnd: number): void {
    if (value === 'case') {
      if (previous !== 'end') open.push('case');
    } else if (value === 'end') {
      // In a block END follows a semicolon, or an UNTIL; anywhere else it is somebody's column.
      if (open.at(-1) === 'case' || awaits === 'until' || /^(;|begin|atomic)$/.test(previous)) open.pop();
      awaits = '';
    } else if (!mysql) {
      if (value === 'atomic' && previous === 'begin') open.push('block');
    } else if (value === 'if') {
      if (previous !== 'end') awaits ||= 'if';
    } else if (value === 'when' || value === 'elseif' || value === 'until') {
      awaits = value;
    } else if (value === 'then') {
      if (awaits === 'if') open.push('block');
      awaits = '';
    } else if (value === 'else') {
      awaits = '';
    } else if (/^(begin|loop|while|repeat)$/.test(value)) {
      // REPEAT(…) is a function.
      if (previous !== 'end' && text[wordEnd] !== '(') open.push('block');
    }
  }

  function punctuation(value: string): void {
    if (value === '(') open.push('parenthesis');
    else if (value === '[') {
      const inArray = open.at(-1) === 'array' && (previous === '[' || previous === ',');
      open.push(inArray || previous === 'array' ? 'array' : 'subscript');
    } else if (value === ')' || value === ']') {
      const innermost = open.at(-1);
      if (innermost !== 'block' && innermost !== 'case') open.pop();
      if (open.length < unshared) unshared = -1;
      if (open.length < by) by = -1;
    } else if (value === ';') awaits = '';
  }

  lex(text, dialect, (kind: TokenKind, from: number, to: number) => {
    if (kind === 'punctuation' && text[from] === ';' && (open.length === 0 || (mysql && !routine))) {
      finish();
      return false;
    }
    if (start < 0) start = from;
    end = to;
    if (kind === 'comment') return false;
    empty = false;
    const shareable = unshared < 0;
    let token: string = kind;
    if (kind === 'word') {
      token = to - from > LONGEST_KEYWORD ? kind : text.slice(from, to).toLowerCase();
      word(token, to);
    } else if (kind === 'punctuation') {
      token = text[from]!;
      punctuation(token);
    } else if (kind === 'positional') {
      const index = mysql ? positional.length : Number(text.slice(from + 1, to)) - 1;
      positional.push({ start: from, end: to, index, shareable, by: by >= 0 });
    } else if (kind === 'named' && routine && mysql) {
      // A label before the word: `again:LOOP`.
      previous = ':';
      token = text.slice(from + 1, to).toLowerCase();
      word(token, to);
    } else if (kind === 'named' && open.at(-1) !== 'subscript') {
      named.push({ start: from, end: to, name: text.slice(from + 1, to), shareable, by: by >= 0 });
    }
    previous = token;
    return false;
  });
  finish();
  return { statements: bounds.length, bounds, keyword, control, implicitCommit, changesSession, positional, named };
}

/** Longest text whose plan is kept, in UTF-16 units. */
const MAX_CACHED_TEXT = 65_536;
/** What each generation of the cache keeps alive, roughly, in UTF-16 units; at most 512 plans. */
const MAX_WEIGHT = 1_048_576;
const WEIGHT_OF_PLAN = 2_048;
const WEIGHT_OF_PART = 32;

/**
 * Plans by text. When the young generation is full it becomes the old one, and the old one is forgotten; a plan used
 * meanwhile moves back. That is nearly least-recently-used, at the price of one look-up a hit.
 */
function planCache(dialect: Dialect): (text: string) => StatementPlan {
  let young = new Map<string, StatementPlan>();
  let old = young;
  let weight = 0;
  // One call asks for the plan of its text several times, also where the text is too long to be kept.
  let lastText: string | undefined;
  let last: StatementPlan;

  function miss(text: string): StatementPlan {
    const plan = old.get(text) ?? makePlan(text, dialect);
    if (text.length > MAX_CACHED_TEXT) return plan;
    const parts = plan.positional.length + plan.named.length + plan.statements;
    const added = text.length + WEIGHT_OF_PLAN + WEIGHT_OF_PART * parts;
    weight += added;
    if (weight > MAX_WEIGHT) {
      old = young;
      young = new Map();
      weight = added;
    }
    young.set(text, plan);
    return plan;
  }

  return (text) => {
    if (text !== lastText) {
      last = young.get(text) ?? miss(text);
      lastText = text;
    }
    return last;
  };
}

const postgresPlan = /* @__PURE__ */ planCache('postgres');
const mysqlPlan = /* @__PURE__ */ planCache('mysql');

/**
 * Reads a text, or finds what was read before: plans are kept by text, in a bounded cache. Throws `SYNTAX` for a text
 * with a NUL character, which no server takes to be a part of the statement.
 */
export function planOf(text: string, dialect: Dialect): StatementPlan {
  return dialect === 'mysql' ? mysqlPlan(text) : postgresPlan(text);
}
