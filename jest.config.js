process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

// One project per kind of proof; TESTING.md says what each one shows.
const shared = {
  testEnvironment: 'node',
  // Built copies of package.json would be taken for a second module of the same name.
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  // hyparquet is published as ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!hyparquet/)'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } },
    ],
    '/node_modules/hyparquet/.+\\.js$': ['@swc/jest', { module: { type: 'commonjs' } }],
  },
};

const project = (displayName, testMatch) => ({ ...shared, displayName, testMatch });

module.exports = {
  projects: [
    project('unit', ['<rootDir>/src/**/*.test.ts']),
    project('workflow', ['<rootDir>/test/workflow/**/*.test.ts']),
    project('replay', ['<rootDir>/test/replay/**/*.test.ts']),
    project('integration', ['<rootDir>/test/integration/**/*.test.ts']),
    project('e2e', ['<rootDir>/test/e2e/**/*.test.ts']),
    // Needs what scripts/conformance.sh fetches; not part of `make test`.
    project('conformance', ['<rootDir>/test/conformance/**/*.test.ts']),
    project('fault', ['<rootDir>/test/fault/**/*.test.ts']),
  ],
  testTimeout: 120_000,
};
