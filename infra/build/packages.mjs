// What is uploaded of a function, as a zip archive: `dist/packages/<name>.zip`, the same bytes for the same sources.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { zip } from './zip.mjs';

/** Bytes that the archive of a function may have; it travels as base64 in one call, and is unpacked at each cold start. */
const PACKAGE_BYTES_MAX = 1_500_000;

/** Files of a folder, at any depth: path with slashes → content. */
function filesIn(folder) {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Object.fromEntries(
    entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .map((path) => [relative(folder, path).split(sep).join('/'), readFileSync(path)]),
  );
}

/** Writes the archive of one function. Gives its name, files and sizes. */
export function packFunction(root, name) {
  const files = filesIn(join(root, 'dist', 'functions', name));
  const archive = zip(files);
  const packages = join(root, 'dist', 'packages');
  mkdirSync(packages, { recursive: true });
  writeFileSync(join(packages, `${name}.zip`), archive);
  const bytes = Object.values(files).reduce((sum, content) => sum + content.length, 0);
  return { name, files: Object.keys(files).sort(), bytes, zippedBytes: archive.length };
}

const kilobytes = (bytes) => `${String(Math.ceil(bytes / 1024)).padStart(6)} KB`;

/** One line for each package, for people. */
export const packageLines = (packages) =>
  packages.map(
    ({ name, files, bytes, zippedBytes }) =>
      `${kilobytes(bytes)} ${kilobytes(zippedBytes)} zipped  dist/packages/${name}.zip (${files.length} files)`,
  );

/** Packages that are too large. */
export const oversizedPackages = (packages) =>
  packages.filter(({ zippedBytes }) => zippedBytes > PACKAGE_BYTES_MAX);
