import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import { FileStateStore } from '../../shared/adapters/file/file-state-store';
import { MemoryStateStore } from '../../shared/adapters/memory/memory-state-store';
import { stateStoreContract } from './state-store.contract';

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true })));

stateStoreContract('MemoryStateStore', (clock) => {
  const store = new MemoryStateStore(clock);
  return { store, other: store };
});

stateStoreContract('FileStateStore', (clock) => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-store-'));
  folders.push(folder);
  return {
    store: new FileStateStore({ folder, clock }),
    other: new FileStateStore({ folder, clock }),
  };
});
