import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { benchArguments, positive, UsageError } from '../arguments';
import { type Bench } from '../bench';
import { untilInterrupted } from '../heal/heal';
import { codeOfWorker, SeedJournal } from './journal';
import { measure } from './measure';
import { printed, reportOf } from './report';

/** How fast universes go by, and what was done to them; in its full form a thousand days. */
export const simulatorBench: Bench = {
  summary:
    'the whole product on virtual time with every fault: simulated hours a second, and what was done and broken; 1,000 seeds of 24 h [--seeds N] [--hours H] [--first SEED] [--processes N]; --resume FILE keeps each seed that is done, and the same command goes on after an interruption [--restart]',
  run: async (args) => {
    const { values } = benchArguments(args, {
      json: { type: 'boolean', default: false },
      seeds: { type: 'string', default: '1000' },
      hours: { type: 'string', default: '24' },
      first: { type: 'string', default: '1' },
      processes: { type: 'string', default: String(availableParallelism()) },
      resume: { type: 'string' },
      restart: { type: 'boolean', default: false },
    });
    const first = positive('first', values.first);
    const hours = positive('hours', values.hours);
    const orders = Array.from({ length: positive('seeds', values.seeds) }, (_, index) => ({
      seed: first + index,
      hours,
    }));
    const processes = positive('processes', values.processes);
    const journal = journalAt(values.resume, values.restart);
    const say = (line: string): void => void process.stderr.write(`${line}\n`);
    const measured = await untilInterrupted(async (signal) =>
      measure({ orders, processes, journal, signal, say }),
    ).finally(() => journal?.close());
    const report = reportOf(measured, processes);
    process.stdout.write(`${values.json ? JSON.stringify(report, null, 2) : printed(report)}\n`);
    const wrong = [
      ...(report.totals.broken.length > 0
        ? [`A promise broke in ${report.totals.broken.length} seeds.`]
        : []),
      ...(measured.done < orders.length ? [howToGoOn(measured.done, orders.length, args)] : []),
    ];
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  },
};

function journalAt(path: string | undefined, isNew: boolean): SeedJournal | null {
  if (path !== undefined) return SeedJournal.open(resolve(path), codeOfWorker(), isNew);
  if (isNew) throw new UsageError('--restart needs --resume FILE, the file to begin anew');
  return null;
}

function howToGoOn(done: number, all: number, args: readonly string[]): string {
  const isKept = args.some((word) => word.startsWith('--resume'));
  const again = ['npm run bench -- simulator', ...args.filter((word) => word !== '--restart')];
  return `${done} of ${all} seeds are done. ${
    isKept
      ? `Go on with: ${again.join(' ')}`
      : 'Nothing of it is kept: --resume FILE would have kept it.'
  }`;
}
