// Set-up that every entry point does for itself, so that a fresh clone needs one command.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const stamp = join(root, 'node_modules', '.evenkeel-lock');
const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');

const run = (command, args) => {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) {
    console.error(
      `\`${command} ${args.join(' ')}\` failed; nothing was started. Its output is above.`,
    );
    process.exit(result.status ?? 1);
  }
};

/** Installs the exact packages of the lock file when they are missing or older than it. */
export function ensureInstalled() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) {
    console.error(`Evenkeel needs Node.js 20 or newer; this is ${process.version}.`);
    process.exit(1);
  }
  const installed = existsSync(stamp) ? readFileSync(stamp, 'utf8') : '';
  if (installed === lockHash()) return;
  if (installed !== '' || !existsSync(join(root, 'node_modules', 'esbuild'))) {
    console.error('Installing dependencies (npm ci) …');
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  writeFileSync(stamp, lockHash());
}

/**
 * What tests run besides Node, and Debian's package of it: the local DNS server is asked by `dig`, state is kept in a real Redis, the
 * console is looked at in Chromium, which has only boxes for Chinese without a font.
 */
const PROGRAMS = {
  dig: 'dnsutils',
  'redis-server': 'redis-server',
  openssl: 'openssl',
  prometheus: 'prometheus',
  promtool: 'prometheus',
  chromium: 'chromium',
  '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc': 'fonts-noto-cjk',
};
/** Packages that start a service of their own, which no test needs. */
const SERVICES = ['redis-server', 'prometheus'];

/** Installs the programs that tests run, where they are missing and Debian's packages can be had. */
export function ensurePrograms() {
  const missing = Object.keys(PROGRAMS).filter((program) => !isThere(program));
  if (missing.length === 0 || !isThere('apt-get')) return;
  const packages = [...new Set(missing.map((program) => PROGRAMS[program]))];
  console.error(`Installing ${packages.join(', ')} (apt-get) …`);
  const aptGet = (...args) =>
    spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 2, 2] }).status === 0;
  if (aptGet('update') && aptGet('install', '-y', '--no-install-recommends', ...packages)) {
    for (const service of SERVICES.filter((name) => packages.includes(name))) endService(service);
    return;
  }
  console.error(
    `${packages.join(', ')} could not be installed; tests that run ${missing.join(', ')} will fail.`,
  );
}

/** As it was before: on a machine that runs services, installing one starts it. */
function endService(name) {
  if (isThere('systemctl')) spawnSync('systemctl', ['disable', '--now', name], { stdio: 'ignore' });
  else spawnSync('service', [name, 'stop'], { stdio: 'ignore' });
}

/** A file, or a program. Asked of the shell: a browser that is run to see whether it is there opens a window. */
const isThere = (command) =>
  (isAbsolute(command) && existsSync(command)) ||
  spawnSync('sh', ['-c', `command -v ${command}`], { stdio: 'ignore' }).status === 0;

const newest = (folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce(
      (latest, entry) =>
        Math.max(latest, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs),
      0,
    );

/** Builds `dist/` when it is missing or older than the sources. */
export function ensureBuilt() {
  const sizes = join(root, 'dist', 'sizes.json');
  const built = existsSync(sizes) ? statSync(sizes).mtimeMs : 0;
  if (
    built >
    Math.max(
      newest('functions'),
      newest('shared'),
      newest('infra'),
      statSync(join(root, 'package-lock.json')).mtimeMs,
    )
  )
    return;
  run(process.execPath, [join(root, 'infra/build/build.mjs'), '--quiet']);
}
