import { type LoadCommand, type LoadMessage } from './load-messages';
import { loadSettings } from './load-options';
import { type LoadReport } from './load-report';
import { LoadRun } from './load-run';

/** The process that sends load, apart from the one that serves it, so that neither delays the other. It ends with its parent. */
let run: LoadRun | undefined;

const say = (kind: LoadMessage['kind'], report: LoadReport, done?: () => void): void =>
  void process.send?.({ kind, report } satisfies LoadMessage, done ?? (() => undefined));

async function obey(command: LoadCommand): Promise<void> {
  if (command.kind === 'start') {
    run ??= new LoadRun(loadSettings(command.options), (report) => say('interval', report));
    say('started', run.report());
  } else if (command.kind === 'report') {
    if (run !== undefined) say('report', run.report());
  } else if (run !== undefined) {
    say('stopped', await run.stop(), () => process.exit(0));
  }
}

process.on('message', (command: LoadCommand) => void obey(command));
process.on('disconnect', () => process.exit(0));
// Ctrl-C reaches the whole process group; the parent decides when load ends.
process.on('SIGINT', () => undefined);
