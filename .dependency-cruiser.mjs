/** Arrows run one way: dialect <- core <- aws-auth <- adapters; tooling and examples on top. */
const packages = (...names) => `^packages/(${names.join('|')})/`;

const layers = {
  dialect: packages('foundation/dialect'),
  core: packages('core'),
  awsAuth: packages('foundation/aws-auth'),
  adapters: packages('adapters/[^/]+'),
  local: packages('tooling/local'),
  conformance: packages('tooling/conformance'),
  cli: packages('tooling/cli'),
};
const anyPackage = '^(packages|examples)/';

/** Sources of a layer may import our own packages only from `allowed`. */
const only = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: `${from}src/` },
  to: { path: anyPackage, pathNot: [from, ...allowed] },
});

export default {
  forbidden: [
    only('dialect-stands-alone', layers.dialect, [], 'dialect knows SQL text only.'),
    only('core-on-dialect', layers.core, [layers.dialect], 'core has no dependency but dialect.'),
    only('aws-auth-on-core', layers.awsAuth, [layers.core], 'aws-auth throws ConnectorError, no more.'),
    only(
      'local-stands-alone',
      layers.local,
      [],
      'A bug must not hide on both sides of the wire: local shares no code with the adapters.',
    ),
    only('conformance-on-core', layers.conformance, [layers.core], 'The contract is stated in terms of core.'),
    {
      name: 'adapter-on-foundation',
      comment: 'An adapter knows the SPI and the foundation, never another adapter.',
      severity: 'error',
      from: { path: '^packages/adapters/([^/]+)/src/' },
      to: { path: anyPackage, pathNot: ['^packages/adapters/$1/', layers.core, layers.dialect, layers.awsAuth] },
    },
    {
      name: 'adapter-by-the-spi',
      comment: 'An adapter imports core by its SPI entries, not by its API.',
      severity: 'error',
      from: { path: '^packages/adapters/[^/]+/src/' },
      to: { path: '^packages/core/src/', pathNot: '^packages/core/src/spi/(index|pool|postgres)\\.ts$' },
    },
    {
      name: 'cli-on-top',
      comment: 'The command line stands on top: nothing of ours is built on it.',
      severity: 'error',
      from: { pathNot: layers.cli },
      to: { path: layers.cli },
    },
    {
      name: 'cli-starts-fast',
      comment: 'The command line loads commands, and local, when they are asked for. (Strategies load their adapter.)',
      severity: 'error',
      from: { path: `${layers.cli}src/` },
      to: {
        path: [layers.local, `${layers.cli}src/(commands|strategies/(?!index|target|tcp))`],
        dynamic: false,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'cli-of-strategies',
      comment: 'One module of the command line knows an adapter: the one of its strategy.',
      severity: 'error',
      from: { path: `${layers.cli}src/`, pathNot: `${layers.cli}src/strategies/` },
      to: { path: layers.adapters },
    },
    {
      name: 'neutral-runtime',
      comment: 'core, dialect and the adapters over fetch load in any modern JavaScript runtime.',
      severity: 'error',
      from: { path: [`${layers.core}src/`, `${layers.dialect}src/`, `${packages('adapters/tidb-serverless')}src/`] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolved', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '/dist/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['types', 'import', 'node', 'default'] },
  },
};
