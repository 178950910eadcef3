import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

const newestIn = (folder: string): number =>
  Math.max(
    0,
    ...readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );

const builtAt = (): number =>
  statSync(join(root, 'dist', 'sizes.json'), { throwIfNoEntry: false })?.mtimeMs ?? 0;

let isDone = false;

/** Builds `dist/` once per process, unless it is newer than every source. */
export function ensureBuilt(): void {
  if (isDone) return;
  isDone = true;
  if (builtAt() > Math.max(...['infra', 'shared', 'functions'].map(newestIn))) return;
  execFileSync(process.execPath, [join(root, 'infra', 'build', 'build.mjs'), '--quiet'], {
    cwd: root,
    stdio: 'inherit',
  });
}
