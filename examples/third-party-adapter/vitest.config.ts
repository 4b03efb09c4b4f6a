import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { name: 'third-party-adapter', testTimeout: 20_000, hookTimeout: 60_000 } });
