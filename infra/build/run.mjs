// Runs one of the built programs, installing and building first what is missing: `node infra/build/run.mjs bench heal`.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, ensureInstalled, root } from './ensure.mjs';

const programs = {
  cli: 'dist/cli/evenkeel.js',
  bench: 'dist/bench/bench.js',
  tour: 'dist/tour/tour.js',
};
const [name, ...args] = process.argv.slice(2);
const program = programs[name];
if (program === undefined) {
  console.error(`Unknown program "${name ?? ''}"; there are: ${Object.keys(programs).join(', ')}.`);
  process.exit(2);
}
ensureInstalled();
ensureBuilt();
const child = spawn(process.execPath, ['--enable-source-maps', join(root, program), ...args], {
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 130));
