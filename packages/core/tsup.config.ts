import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/spi/index.ts', 'src/spi/pool.ts', 'src/spi/postgres.ts'],
  format: 'esm',
  target: 'es2023',
  // For AsyncDisposable, whatever `lib` the user's project has.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  clean: true,
});
