import { join } from 'node:path';

/** The VitePress project. */
export const SITE = join(import.meta.dirname, '..');
export const ROOT = join(SITE, '../../..');
export const DOCS = join(ROOT, 'docs');
