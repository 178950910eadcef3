import fs from 'node:fs';
import { FileStateStore } from '../../shared/adapters/file/file-state-store';
import { SystemClock } from '../../shared/adapters/system/system-clock';
import { millis } from '../../shared/domain/units';

/** Calls that change the disk. */
const CHANGES = ['mkdirSync', 'openSync', 'writeSync', 'fsyncSync', 'closeSync', 'renameSync'];
const MORE_CHANGES = ['writeFileSync', 'linkSync', 'rmSync'];

type Call = (...parameters: unknown[]) => unknown;

const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  for (;;); // the signal comes before the next line would
};

/** Ends this process, as a power cut would, at its `count`-th change of the disk: before it, or, of a write, after half of its bytes. */
function endAt(count: number): void {
  const calls = fs as unknown as Record<string, Call>;
  let done = 0;
  for (const name of [...CHANGES, ...MORE_CHANGES]) {
    const original = calls[name];
    if (original === undefined) continue;
    calls[name] = (...parameters) => {
      done += 1;
      if (done !== count) return original(...parameters);
      const [target, content] = parameters;
      if (name === 'writeSync' && content instanceof Uint8Array)
        original(target, content.subarray(0, Math.floor(content.length / 2)));
      return die();
    };
  }
}

/**
 * Every operation of a store once, in a process of its own that may end in the middle: `node store-steps.js FOLDER COUNT`.
 * Each line of its output names an operation that it was told to be done.
 */
async function main([folder = '', count = '0']: readonly string[]): Promise<void> {
  const store = new FileStateStore({ folder, clock: new SystemClock() });
  const say = (what: string): boolean => process.stdout.write(`${what}\n`);
  const bucket = { count: 1, capacity: 2, refillPerMinute: 1, reserve: 0 };
  endAt(Number(count));
  const lease = await store.acquireLease('web', 'child', millis(600_000));
  say('leased');
  if (lease === null) return;
  await store.renewLease(lease, millis(900_000));
  say('renewed');
  await store.compareAndSet('k', { ballast: 'x'.repeat(2000), turn: 1 }, null, lease);
  say('stored');
  await store.delete('old');
  say('deleted');
  await store.markDirty('web', { reason: 'second', at: 2 });
  say('marked');
  await store.clearDirty('api');
  say('cleared');
  await store.takeTokens('slb', bucket);
  say('taken');
  await store.releaseLease(lease);
  say('released');
}

void main(process.argv.slice(2));
