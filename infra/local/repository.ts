import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds this project, found from wherever the running file was built to. */
export function repositoryRoot(from: string = __dirname): string {
  const manifest = join(from, 'package.json');
  if (existsSync(manifest) && readFileSync(manifest, 'utf8').includes('"name": "evenkeel"'))
    return from;
  const parent = dirname(from);
  if (parent === from)
    throw new Error('Evenkeel’s own package.json was not found above the running file.');
  return repositoryRoot(parent);
}

/** A script that `npm run build` put into `dist/`, for child processes. Example: builtScript('local/instance-process.js'). */
export function builtScript(path: string): string {
  const script = join(repositoryRoot(), 'dist', path);
  if (!existsSync(script)) throw new Error(`dist/${path} is missing: run \`npm run build\` first.`);
  return script;
}
