import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { FileStateStore } from '../../../shared/adapters/file/file-state-store';
import { TestClock } from '../../support/test-clock';

it('a take that is refused writes nothing to the disk', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-tokens-'));
  try {
    const clock = new TestClock();
    const store = new FileStateStore({ folder, clock });
    const request = { count: 1, capacity: 1, refillPerMinute: 1, reserve: 0 };
    const written = () =>
      readdirSync(join(folder, 'buckets')).map((name) =>
        readFileSync(join(folder, 'buckets', name), 'utf8'),
      );
    await store.takeTokens('sign-in', request);
    const before = written();
    clock.advance(30_000);
    expect(await store.takeTokens('sign-in', request)).toEqual({
      isGranted: false,
      waitMs: 30_000,
    });
    expect(written()).toEqual(before);
    clock.advance(30_000);
    expect((await store.takeTokens('sign-in', request)).isGranted).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
