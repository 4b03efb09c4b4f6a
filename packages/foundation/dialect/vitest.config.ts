import { defineProject } from 'vitest/config';

export default defineProject({ test: { name: 'dialect', globalSetup: '@sqlport/local/vitest' } });
