const shared = {
  // Not among the temporary files, which go with the run.
  cacheDirectory: '<rootDir>/.cache/jest',
  testEnvironment: 'node',
  testEnvironmentOptions: {
    customExportConditions: ['@keywatch/source', 'node', 'node-addons'],
  },
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  modulePathIgnorePatterns: ['<rootDir>/(apps|libs)/[^/]+/dist/', '<rootDir>/.tsbuild/'],
};

export default {
  // Wall time of a machine that does other things too; what takes so long is stuck.
  testTimeout: 30_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: ['<rootDir>/{apps,libs}/*/src/**/*.spec.ts', '<rootDir>/test/**/*.spec.ts'],
    },
    {
      ...shared,
      displayName: 'integration',
      testMatch: [
        '<rootDir>/test/**/*.int-spec.ts',
        '<rootDir>/{apps,libs}/*/src/**/*.int-spec.ts',
      ],
    },
    {
      ...shared,
      displayName: 'long',
      testMatch: ['<rootDir>/test/**/*.long-spec.ts'],
    },
  ],
};
