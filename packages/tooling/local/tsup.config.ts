import { defineConfig } from 'tsup';

export default defineConfig({
  // `supervisor` runs as a process of its own, so it must stay a file of its own.
  entry: ['src/index.ts', 'src/vitest.ts', 'src/supervisor.ts'],
  format: 'esm',
  target: 'es2023',
  dts: {
    entry: ['src/index.ts', 'src/vitest.ts'],
    // For AsyncDisposable, whatever `lib` the user's project has.
    banner: '/// <reference lib="esnext.disposable" />',
  },
  clean: true,
});
