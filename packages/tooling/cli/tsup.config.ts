import { defineConfig } from 'tsup';

// A program, and no library: no declarations. Each command stays a file of its own, loaded when it is asked for.
export default defineConfig({ entry: ['src/main.ts'], format: 'esm', target: 'es2023', splitting: true, clean: true });
