import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/driver-calls.ts', 'src/faults.ts', 'src/vitest.ts'],
  format: 'esm',
  target: 'es2023',
  dts: true,
  clean: true,
});
