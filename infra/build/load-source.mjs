// What the generators write follows from the sources: they are bundled and loaded, without a build of everything.
import { build } from 'esbuild';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** What the module text `contents` exports, its paths relative to the repository; the bundle stays in dist under `name`. */
export async function loadSource(contents, name) {
  const outfile = join(root, 'dist', 'cli', `${name}.js`);
  await build({
    absWorkingDir: root,
    stdin: { contents, resolveDir: root, loader: 'ts' },
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['proxy-agent'],
    logLevel: 'error',
  });
  return createRequire(import.meta.url)(outfile);
}

/** JSON as the formatter leaves it. */
export const jsonText = async (value) =>
  format(JSON.stringify(value), { parser: 'json', printWidth: 100 });
