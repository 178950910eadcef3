import { afterAll } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileTickArchive } from '../../shared/adapters/file/file-tick-archive';
import { MemoryTickArchive } from '../../shared/adapters/memory/memory-tick-archive';
import { type OpenArchive, tickArchiveContract } from './tick-archive.contract';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));
const openFiles: OpenArchive = (clock, retention) => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-archive-'));
  folders.push(folder);
  return new FileTickArchive({ folder, clock, retention });
};

tickArchiveContract('the archive in memory', (_, retention) => new MemoryTickArchive(retention));
tickArchiveContract('the archive of files', openFiles);
