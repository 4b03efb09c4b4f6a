import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'es2023',
  // For node:tls, whatever `types` the user's project has.
  dts: { banner: '/// <reference types="node" />' },
  clean: true,
});
