import { defineConfig } from 'tsup';

export default defineConfig({
  entry: { index: 'src/index.ts', 'data-service': 'src/data-service/index.ts' },
  format: 'esm',
  target: 'es2023',
  dts: true,
  clean: true,
});
