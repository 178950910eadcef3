import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One file of the page, as it lies beside the function. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
}

const FILES: Readonly<Record<string, { readonly file: string; readonly contentType: string }>> = {
  '/': { file: 'index.html', contentType: 'text/html; charset=utf-8' },
  '/app.js': { file: 'app.js', contentType: 'text/javascript; charset=utf-8' },
  '/app.css': { file: 'app.css', contentType: 'text/css; charset=utf-8' },
  '/icon.svg': { file: 'icon.svg', contentType: 'image/svg+xml' },
};

/** The page’s files in a folder, each read once; null for a path that is none of them. Throws when a file is missing. */
export function pageFiles(folder: string): (path: string) => PageFile | null {
  const read = new Map<string, PageFile>();
  return (path) => {
    const known = Object.hasOwn(FILES, path) ? FILES[path] : undefined;
    if (known === undefined) return null;
    const file = read.get(path) ?? {
      contentType: known.contentType,
      body: readFileSync(join(folder, known.file)),
    };
    read.set(path, file);
    return file;
  };
}
