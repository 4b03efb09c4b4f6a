import { readFileSync } from 'node:fs';
import { areas, cases } from '@sqlport/conformance';
import type { ErrorCode } from '@sqlport/core';
import { expect, test } from 'vitest';

const read = (page: string) => readFileSync(new URL(`../../../../docs/${page}`, import.meta.url), 'utf8');

const ids = new Set(cases.map(({ id }) => id));
const PROOF = new RegExp(`\`((?:${areas.join('|')})/[^\`]+)\``, 'g');
const proofsIn = (text: string) => [...text.matchAll(PROOF)].map(([, id]) => id!);

test.each(['values.md', 'errors.md'])('the cases that %s names are there', (page) => {
  const named = proofsIn(read(page));
  expect(named.length).toBeGreaterThan(15);
  expect(named.filter((id) => !ids.has(id))).toEqual([]);
});

test('every row of a table in values.md names a case', () => {
  const lines = read('values.md').split('\n');
  const isRule = (line: string | undefined) => line?.startsWith('| -');
  const rows = lines.filter((line, at) => line.startsWith('| ') && !isRule(line) && !isRule(lines[at + 1]));
  expect(rows.length).toBeGreaterThan(50);
  expect(rows.filter((row) => proofsIn(row).length === 0)).toEqual([]);
});

test('every error code has its entry in errors.md, and no other has', () => {
  const codes: Record<ErrorCode, true> = {
    CONFIG: true,
    UNSUPPORTED: true,
    CLOSED: true,
    AUTH: true,
    PERMISSION: true,
    UNREACHABLE: true,
    RESUMING: true,
    THROTTLED: true,
    TIMEOUT: true,
    ABORTED: true,
    SYNTAX: true,
    CONSTRAINT: true,
    CONFLICT: true,
    DATA: true,
    READ_ONLY: true,
    TRANSACTION: true,
    RESULT_TOO_LARGE: true,
    DATABASE: true,
    INTERNAL: true,
  };
  const headings = [...read('errors.md').matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code);
  expect(headings.toSorted()).toEqual(Object.keys(codes).toSorted());
});
