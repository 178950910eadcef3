// A Stryker test runner for pure code: the tests are bundled once and run in this process, and a mutant is a switch. One
// start of jest for each of thousands of mutants takes hours; this takes minutes.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { performance } from 'node:perf_hooks';
import { format } from 'node:util';
import { compileFunction } from 'node:vm';
import { PluginKind } from '@stryker-mutator/api/plugin';
import {
  determineHitLimitReached,
  DryRunStatus,
  TestStatus,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import { buildSync } from 'esbuild';
import { expect } from 'expect';

/** Long stories, more than half of the time of all tests: left out, as every mutant that lives would pay for them again. */
const SLOW = / A5: | A11: | A17: | lost after \d+ s /u;

const testsIn = (folder, pattern) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => pattern.test(name))
    .map((name) => `${folder}/${name}`);

const testFiles = () => [
  ...testsIn('test/unit/decide', /\.test\.ts$/u),
  ...testsIn('test/unit/guard', /\.test\.ts$/u),
  ...testsIn('test/unit', /^(heal-.*|failover-field-failures)\.test\.ts$/u),
  'test/replay/corpus.test.ts',
];

function bundle() {
  const contents = testFiles()
    .map((file) => `suite(${JSON.stringify(file)}, () => require('./${file}'));`)
    .join('\n');
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir: process.cwd(), loader: 'js' },
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'es2022',
    external: ['@jest/globals'],
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

const each = (define) => (table) => (name, body) => {
  for (const row of table) {
    const values = Array.isArray(row) ? row : [row];
    define(format(name, ...values), () => body(...values));
  }
};

/** `cleanups` is read when the test runs: an `afterEach` may stand below its tests. */
const cleanedUp = (body, cleanups) => async () => {
  try {
    await body();
  } finally {
    for (const cleanup of cleanups) await cleanup();
  }
};

/** Evaluates the bundle and lists its tests by name; a name that occurs again gets a number. */
function collect(code) {
  const tests = new Map();
  const path = [];
  let cleanups = [];
  const describe = (name, body) => {
    const outer = cleanups;
    cleanups = [...outer];
    path.push(name);
    body();
    path.pop();
    cleanups = outer;
  };
  const afterEach = (cleanup) => cleanups.unshift(cleanup);
  const it = (name, body) => {
    const words = [...path, name].join(' ');
    let id = words;
    for (let copy = 2; tests.has(id); copy += 1) id = `${words} (${copy})`;
    if (!SLOW.test(id)) tests.set(id, cleanedUp(body, cleanups));
  };
  it.each = each(it);
  describe.each = each(describe);
  const globals = { describe, it, test: it, expect, afterEach };
  const fromHere = createRequire(`${process.cwd()}/package.json`);
  const load = (name) => (name === '@jest/globals' ? globals : fromHere(name));
  const names = ['require', 'module', 'exports', 'suite'];
  compileFunction(code, names)(load, { exports: {} }, {}, describe);
  return tests;
}

async function attempt(body) {
  if (body === undefined) return { status: TestStatus.Failed, failureMessage: 'the test is gone' };
  try {
    await body();
    return { status: TestStatus.Success };
  } catch (error) {
    return { status: TestStatus.Failed, failureMessage: String(error?.message ?? error) };
  }
}

const notEvenLoaded = (error) => ({
  status: DryRunStatus.Complete,
  tests: [
    {
      id: 'load',
      name: 'load',
      timeSpentMs: 0,
      status: TestStatus.Failed,
      failureMessage: String(error),
    },
  ],
});

/** What instrumented code looks at: which mutant is active, which test runs, how often a place was passed. */
const switches = (globalThis.__stryker__ ??= {});

class InProcessRunner {
  #code = '';
  #tests = new Map();
  #spans = new Map();

  capabilities() {
    return { reloadEnvironment: true };
  }

  init() {
    this.#code = bundle();
  }

  async dryRun({ coverageAnalysis, disableBail }) {
    delete switches.mutantCoverage;
    switches.activeMutant = undefined;
    this.#tests = collect(this.#code);
    const result = await this.#run([...this.#tests.keys()], disableBail);
    return coverageAnalysis === 'off'
      ? result
      : { ...result, mutantCoverage: switches.mutantCoverage };
  }

  /** A static mutant acts while modules and tables of tests are evaluated, so they are evaluated again with it. */
  async mutantRun({ activeMutant, testFilter, disableBail, hitLimit, mutantActivation }) {
    switches.hitLimit = hitLimit;
    switches.hitCount = hitLimit === undefined ? undefined : 0;
    const isStatic = mutantActivation === 'static';
    switches.activeMutant = isStatic ? activeMutant.id : undefined;
    try {
      if (isStatic || this.#tests.size === 0) this.#tests = collect(this.#code);
    } catch (error) {
      this.#tests = new Map();
      return toMutantRunResult(notEvenLoaded(error));
    }
    switches.activeMutant = activeMutant.id;
    const result = await this.#run(this.#quickestFirst(testFilter), disableBail);
    if (isStatic) this.#tests = new Map();
    const tooOften = determineHitLimitReached(switches.hitCount, switches.hitLimit);
    return toMutantRunResult(tooOften ?? result);
  }

  #quickestFirst(names = [...this.#tests.keys()]) {
    const span = (name) => this.#spans.get(name) ?? 0;
    return names.toSorted((a, b) => span(a) - span(b));
  }

  async #run(names, disableBail) {
    const tests = [];
    for (const name of names) {
      const started = performance.now();
      switches.currentTestId = name;
      const result = await attempt(this.#tests.get(name));
      switches.currentTestId = undefined;
      const timeSpentMs = performance.now() - started;
      if (!this.#spans.has(name)) this.#spans.set(name, timeSpentMs);
      tests.push({ id: name, name, timeSpentMs, ...result });
      if (result.status === TestStatus.Failed && !disableBail) break;
    }
    return { status: DryRunStatus.Complete, tests };
  }
}

const createRunner = () => new InProcessRunner();
createRunner.inject = [];

/** Wording may change without a test: a literal with a space is a sentence for people; codes and keys have none. */
const humanText = {
  shouldIgnore({ node }) {
    const isSentence =
      (node.type === 'StringLiteral' && node.value.includes(' ')) ||
      (node.type === 'TemplateLiteral' && node.quasis.some(({ value }) => value.raw.includes(' ')));
    return isSentence ? 'a sentence for people' : undefined;
  },
};

export const strykerPlugins = [
  { kind: PluginKind.TestRunner, name: 'in-process', factory: createRunner },
  { kind: PluginKind.Ignore, name: 'human-text', value: humanText },
];
