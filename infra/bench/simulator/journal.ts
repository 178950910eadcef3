import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { builtScript } from '../../local/repository';
import { type Spent } from '../../simulation/farm';
import { type SimulationResult } from '../../simulation/simulate';
import { UsageError } from '../arguments';

/** A seed that was run to its end. */
export interface JournalEntry {
  /** Fingerprint of the code that ran it. */
  readonly code: string;
  /** When the run began that it belongs to, which names the run; and how many seconds into it the seed was done. */
  readonly run: string;
  readonly elapsedSeconds: number;
  readonly seed: number;
  /** Virtual hours that were asked for. */
  readonly hours: number;
  readonly result: SimulationResult;
  readonly spent: Spent;
}

/** Fingerprint of the built worker, which holds everything that a universe is made of. Its source map is no part of it. */
export function codeOfWorker(): string {
  const [script = ''] = readFileSync(builtScript('simulation/worker.js'), 'utf8').split(
    '\n//# sourceMappingURL=',
  );
  return createHash('sha256').update(script).digest('hex').slice(0, 16);
}

/** Seeds that were run to their end, a line of JSON for each, so that a run of hours can be ended at any instant and gone on with. */
export class SeedJournal {
  readonly entries: readonly JournalEntry[];
  readonly path: string;
  readonly code: string;
  private readonly file: number;

  private constructor(path: string, code: string) {
    this.path = path;
    this.code = code;
    mkdirSync(dirname(path), { recursive: true });
    this.file = openSync(path, 'a+');
    const bytes = readFileSync(this.file);
    // A line that was being written when the power went is none.
    const end = bytes.lastIndexOf('\n') + 1;
    this.entries = entriesIn(bytes.toString('utf8', 0, end), path);
    this.refuseOthers();
    if (end < bytes.length) ftruncateSync(this.file, end);
  }

  /** Reads what is there and makes the file where there is none. A `UsageError` when other code wrote it; `isNew` takes it away first. */
  static open(path: string, code: string, isNew = false): SeedJournal {
    if (isNew) rmSync(path, { force: true });
    return new SeedJournal(path, code);
  }

  private refuseOthers(): void {
    const other = this.entries.find(({ code }) => code !== this.code);
    if (other === undefined) return;
    throw new UsageError(
      `${this.path} holds results of other code (${other.code}, this is ${this.code}), and seeds of two programs do not add up. Go on with the code that began it, name another file, or add --restart to take the file away and begin anew.`,
    );
  }

  /** On the disk when it returns. */
  append(entry: Omit<JournalEntry, 'code'>): void {
    const bytes = Buffer.from(`${JSON.stringify({ code: this.code, ...entry })}\n`);
    for (let done = 0; done < bytes.length;) done += writeSync(this.file, bytes, done);
    fsyncSync(this.file);
  }

  close(): void {
    closeSync(this.file);
  }
}

const entriesIn = (text: string, path: string): readonly JournalEntry[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line, index) => {
      const entry = parsed(line);
      if (isEntry(entry)) return entry;
      throw new UsageError(
        `${path}, line ${index + 1}, is no journal of seeds. Name another file, or add --restart to take it away and begin anew.`,
      );
    });

function parsed(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return null;
  }
}

const isEntry = (value: unknown): value is JournalEntry =>
  typeof value === 'object' &&
  value !== null &&
  ['code', 'run', 'elapsedSeconds', 'seed', 'hours', 'result', 'spent'].every(
    (key) => key in value,
  );
