#!/usr/bin/env node
// The `evenkeel` command: installs and builds what is missing, then runs dist/cli/evenkeel.js in this terminal.
const { spawn } = require('node:child_process');
const { join } = require('node:path');

const child = spawn(
  process.execPath,
  [join(__dirname, '..', 'build', 'run.mjs'), 'cli', ...process.argv.slice(2)],
  { stdio: 'inherit' },
);
// Ctrl-C reaches the whole group; wait for the program's own answer to it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 130));
