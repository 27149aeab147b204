import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const shared = {
  testEnvironment: '<rootDir>/test/jest/node-realm.environment.mjs',
  testEnvironmentOptions: { customExportConditions: ['source', 'node', 'node-addons'] },
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '@swc/jest' },
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  setupFiles: ['reflect-metadata'],
};

const project = (displayName, testMatch) => ({ ...shared, displayName, testMatch });

/** Tests on the shared DICOM files run only where that folder stands beside the checkout. */
const sharedData = existsSync(new URL('../shared/data/README.md', import.meta.url));

export default {
  /** A busy machine takes its time; what hangs is ended all the same. */
  testTimeout: 30_000,
  /** Much of a test's time is spent waiting for servers: three at once even on two cores. */
  maxWorkers: Math.max(3, availableParallelism() - 1),
  projects: [
    project('unit', [
      '<rootDir>/{apps,libs}/*/src/**/*.spec.ts',
      '<rootDir>/test/{pacs-simulator,phantoms}/**/*.spec.ts',
    ]),
    project('integration', ['<rootDir>/test/integration/**/*.spec.ts']),
    project('e2e', ['<rootDir>/test/{e2e,faults}/**/*.spec.ts']),
    ...(sharedData ? [project('shared-data', ['<rootDir>/test/shared-data/**/*.spec.ts'])] : []),
  ],
};
