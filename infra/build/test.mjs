// `npm test`: installs what is missing, builds, runs every test, closes with `N passed, N failed`.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ensureInstalled, ensurePrograms, root } from './ensure.mjs';

ensureInstalled();
ensurePrograms();
const build = spawnSync(process.execPath, [join(root, 'infra/build/build.mjs'), '--quiet'], {
  stdio: 'inherit',
});
if (build.status !== 0) process.exit(1);

/** A lane that takes longer hangs: it is ended and counts as failed. */
const LANE_MS_MAX = 20 * 60_000;
/** What mostly waits, for real times to pass under a little load. These take loopback networks that nobody else takes. */
const TIMED = String.raw`/e2e/(heal|outage|late-write|failover)\.test\.ts$`;

let passed = 0;
let failed = 0;
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-test-'));
/** Runs jest to its end and counts. Never longer than a lane may take. */
async function jest(args, name) {
  const report = join(folder, `${name}.json`);
  const run = spawn(
    process.execPath,
    [join(root, 'node_modules/jest/bin/jest.js'), '--json', `--outputFile=${report}`, ...args],
    { cwd: root, stdio: ['ignore', 2, 2], timeout: LANE_MS_MAX, killSignal: 'SIGKILL' },
  );
  const [status] = await once(run, 'close');
  const result = readReport(report);
  passed += result.numPassedTests;
  failed +=
    result.numFailedTests +
    result.numRuntimeErrorTestSuites +
    (status !== 0 && result.success ? 1 : 0);
}

// The pure layers share all cores; jest by itself would leave one of them idle.
const pure = ['--selectProjects', 'unit', 'property', 'replay', '--maxWorkers', '100%'];
// A hundred universes take all cores, in processes of their own.
const simulation = ['--selectProjects', 'simulation', '--runInBand'];
// Real time and real sockets run one file at a time in each of two lanes: one waits while the other works.
// `--forceExit`: after hundreds of sockets and child processes, Node 20 now and then spins for ever in its own clean-up at a
// natural end (uv_run in Environment::CleanupHandles). That nothing is left behind is checked below instead.
const real = ['--selectProjects', 'contract', 'e2e', '--runInBand', '--forceExit'];
const extra = process.argv.slice(2);
if (extra.length > 0) await jest(extra, 'chosen');
else {
  await jest(pure, 'pure');
  await jest(simulation, 'simulation');
  await Promise.all([
    jest([...real, '--testPathPatterns', TIMED], 'timed'),
    jest([...real, '--testPathIgnorePatterns', TIMED], 'other'),
  ]);
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

function readReport(report) {
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
