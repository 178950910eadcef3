// `npm test`: installs what is missing, builds, runs every test, closes with `N passed, N failed`.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureDig, ensureInstalled, root } from './ensure.mjs';

ensureInstalled();
ensureDig();
const build = spawnSync(process.execPath, [join(root, 'infra/build/build.mjs'), '--quiet'], {
  stdio: 'inherit',
});
if (build.status !== 0) process.exit(1);

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-test-'));
const report = join(folder, 'report.json');
const jest = (args) =>
  spawnSync(
    process.execPath,
    [join(root, 'node_modules/jest/bin/jest.js'), '--json', `--outputFile=${report}`, ...args],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
      timeout: ROUND_MS_MAX,
      killSignal: 'SIGKILL',
    },
  );

/** A round that takes longer hangs: it is ended and counts as failed. */
const ROUND_MS_MAX = 20 * 60_000;

// Layers that measure real time or real sockets run one file at a time; the pure ones share the cores.
const rounds = [
  ['--selectProjects', 'unit', 'property', 'replay'],
  // `--forceExit`: after hundreds of sockets and child processes, Node 20 now and then spins for ever in its own clean-up at a
  // natural end (uv_run in Environment::CleanupHandles). That nothing is left behind is checked below instead.
  ['--selectProjects', 'contract', 'e2e', '--runInBand', '--forceExit'],
];
let passed = 0;
let failed = 0;
const extra = process.argv.slice(2);
for (const round of extra.length > 0 ? [extra] : rounds) {
  rmSync(report, { force: true });
  const run = jest(round);
  const result = readReport();
  passed += result.numPassedTests;
  failed +=
    result.numFailedTests +
    result.numRuntimeErrorTestSuites +
    (run.status !== 0 && result.success ? 1 : 0);
}
let leftOver = processesOf(join(root, 'dist'));
for (let tries = 0; leftOver.length > 0 && tries < 50; tries += 1) {
  await sleep(100); // what has been told to end needs a moment
  leftOver = processesOf(join(root, 'dist'));
}
if (leftOver.length > 0) {
  console.error(`Processes were left behind by tests: ${leftOver.join(', ')}`);
  failed += 1;
}
rmSync(folder, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

function readReport() {
  try {
    return JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    return { numPassedTests: 0, numFailedTests: 1, numRuntimeErrorTestSuites: 0, success: false };
  }
}

/** Ids of processes that run a built program of this folder; none where there is no pgrep to ask. */
function processesOf(path) {
  const found = spawnSync('pgrep', ['-f', path], { encoding: 'utf8' });
  return (found.stdout ?? '').split('\n').filter((id) => id !== '');
}
