// Mutants of the pure heart: `npm run mutation`. Survivors and why they may live are in docs/mutation.md.
export default {
  testRunner: 'in-process',
  plugins: ['./infra/build/mutation-runner.mjs'],
  ignorers: ['human-text'],
  mutate: ['shared/decide/**/*.ts', 'shared/guard/**/*.ts'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  timeoutMS: 3000,
  // Tables of tests are evaluated with the mutant, which Stryker takes for slow.
  warnings: { slow: false },
  reporters: ['clear-text', 'json', 'progress'],
  jsonReporter: { fileName: 'reports/mutation.json' },
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  thresholds: { high: 95, low: 90, break: 90 },
  tempDirName: '.stryker-tmp',
  ignorePatterns: ['dist', 'coverage', 'reports', 'docs', '.stryker-tmp'],
};
