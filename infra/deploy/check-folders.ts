import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type FunctionBlocks, placeOf } from './block-rule';
import { errorAt, type Finding } from './finding';

/** The functions that the sources have: folders with a handler. */
export function functionFolders(root: string): readonly string[] {
  const folder = join(root, 'functions');
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'handler.ts')))
    .map(({ name }) => name)
    .sort();
}

/** Every function has a block of its name and every block a function, whose package is built. */
export function checkFolders(blocks: FunctionBlocks, root: string): readonly Finding[] {
  const folders = functionFolders(root);
  const missing = folders.filter((name) => !(name in blocks));
  return [
    ...missing.map((name) =>
      errorAt(
        `resources.${name}`,
        `functions/${name} has no block, so that it would not be deployed`,
        'Add the block; the other functions call each other by name.',
      ),
    ),
    ...Object.entries(blocks).flatMap(([name, { code }]) =>
      folders.includes(name)
        ? checkPackage(name, code, root)
        : [
            errorAt(
              `resources.${name}`,
              `there is no function functions/${name}`,
              `Call the block as its folder is called: ${folders.join(', ')}.`,
            ),
          ],
    ),
  ];
}

function checkPackage(name: string, code: string, root: string): readonly Finding[] {
  const place = placeOf(name, 'code');
  if (resolve(root, code) !== join(root, 'dist', 'functions', name))
    return [
      errorAt(
        place,
        `${code} is not what \`npm run build\` makes of it`,
        `Write ./dist/functions/${name}.`,
      ),
    ];
  return existsSync(join(root, code, 'index.js'))
    ? []
    : [errorAt(place, `${code} has no index.js`, 'Run `npm run build` first.')];
}
