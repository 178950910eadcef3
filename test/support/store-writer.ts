import { FileStateStore } from '../../shared/adapters/file/file-state-store';
import { SystemClock } from '../../shared/adapters/system/system-clock';

/**
 * A process of its own that counts in a shared folder until it is killed or done: `node store-writer.js FOLDER COUNT`.
 * Each turn adds one to the document `count`, by compare-and-set, and tells so on its standard output.
 */
async function main([folder = '', count = '0']: readonly string[]): Promise<void> {
  const store = new FileStateStore({ folder, clock: new SystemClock() });
  process.stdout.write('ready\n');
  for (let done = 0; done < Number(count);) {
    const known = await store.read('count');
    const next = {
      count: ((known?.value as { count: number } | undefined)?.count ?? 0) + 1,
      ballast: 'x'.repeat(200_000),
    };
    if ((await store.compareAndSet('count', next, known?.version ?? null)) !== 'stored') continue;
    done += 1;
    process.stdout.write(`${next.count}\n`);
  }
}

void main(process.argv.slice(2));
