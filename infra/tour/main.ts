import { writeFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { Exhibition } from '../console/exhibition';
import { processTerminal, type Terminal } from '../cli/terminal';
import { detectAddressMode } from '../local/ecs/address-plan';
import { type Act, type ActReport } from './act';
import { ACTS } from './acts';
import { printOpening, printReport } from './print-act';
import { liveLine } from './live-line';
import { runAct } from './run-act';

const availability = ({ isDefault }: Act): string => (isDefault ? '' : ' (with --all)');

interface TourOptions {
  readonly act?: readonly Act[];
  readonly all?: boolean;
  readonly json?: string;
  readonly exit?: boolean;
}

const INTERRUPTED = 130;

const actNamed = (name: string, earlier: readonly Act[] = []): readonly Act[] => {
  const act = ACTS.find((candidate) => candidate.name === name);
  if (act === undefined)
    throw new InvalidArgumentError(
      `there are: ${ACTS.map((candidate) => candidate.name).join(', ')}.`,
    );
  return [...earlier, act];
};

const program = new Command('npm start --')
  .description(
    'The guided tour: a real pool under real load gets sick and is healed, on a local region. Needs no cloud account.',
  )
  .option('--act <name>', 'only this act (may be repeated)', actNamed)
  .option('--all', 'every act, not only the first five')
  .option('--json <file>', 'write the report of every act to a file')
  .option('--exit', 'end after the tour; else the console stays until Ctrl-C')
  .addHelpText(
    'after',
    `\nActs:\n${ACTS.map((act) => `  ${act.name.padEnd(16)} ${act.title}${availability(act)}`).join('\n')}`,
  )
  .exitOverride()
  .action(tour);

async function tour(options: TourOptions): Promise<void> {
  const terminal = processTerminal();
  const acts = options.act ?? (await actsOfTour(options.all === true, terminal));
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stopping.abort());
  const exhibition = await Exhibition.open();
  try {
    await play(acts, options, { terminal, stopping, exhibition });
  } finally {
    await exhibition.stop();
  }
}

interface Stage {
  readonly terminal: Terminal;
  readonly stopping: AbortController;
  readonly exhibition: Exhibition;
}

async function play(
  acts: readonly Act[],
  options: TourOptions,
  { terminal, stopping, exhibition }: Stage,
): Promise<void> {
  const isStopping = (): boolean => stopping.signal.aborted;
  printWelcome(acts, terminal);
  terminal.out(`Console: ${terminal.colours.bold(exhibition.url)} shows every act live.`);
  const reports: ActReport[] = [];
  for (const [index, act] of acts.entries()) {
    if (isStopping()) break;
    printOpening(act, `${index + 1}/${acts.length}`, terminal);
    const line = liveLine(terminal);
    try {
      const report = await runAct(act, line.say, stopping.signal, exhibition);
      line.end();
      reports.push(report);
      printReport(report, terminal);
    } catch (error) {
      line.end();
      if (!isStopping()) throw error;
    }
  }
  if (options.json !== undefined)
    writeFileSync(
      options.json,
      `${JSON.stringify({ profile: 'rehearsal', acts: reports }, null, 2)}\n`,
    );
  if (isStopping()) {
    terminal.err('Interrupted; everything that was started has been stopped.');
    process.exitCode = INTERRUPTED;
    return;
  }
  printEnd(reports, terminal);
  if (options.exit === true) return;
  terminal.out(`The console stays at ${exhibition.url}; Ctrl-C ends it.`);
  await interrupted(stopping.signal);
}

const interrupted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const staysAwake = setInterval(() => undefined, 60_000);
    const end = (): void => {
      clearInterval(staysAwake);
      resolve();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });

/** What this machine cannot show is left out and named; who asks for it by name is told why. */
async function actsOfTour(isAll: boolean, { out }: Terminal): Promise<readonly Act[]> {
  const wanted = ACTS.filter((act) => act.isDefault || isAll);
  const left = wanted.filter((act) => act.needsAddresses === true);
  if (left.length === 0 || (await detectAddressMode()) === 'address-per-instance') return wanted;
  out(
    `Left out, as instances have no loopback addresses of their own here: ${left.map(({ name }) => name).join(', ')}.`,
  );
  return wanted.filter((act) => !left.includes(act));
}

function printWelcome(acts: readonly Act[], { out, colours }: Terminal): void {
  out(colours.bold('Evenkeel: the guided tour'));
  out(
    'Two identical regions on this machine: real listeners, real instances, real load, and Evenkeel’s functions on a local Function host.',
  );
  out(
    'On one side Evenkeel only observes; on the other it acts. Times that the cloud fixes are shortened (profile: rehearsal).',
  );
  out(colours.dim(`${acts.length} acts; Ctrl-C ends cleanly at any time.`));
}

function printEnd(reports: readonly ActReport[], { out, colours }: Terminal): void {
  const findings = reports.flatMap((report) => report.findings);
  const missed = findings.filter(({ isSo }) => !isSo);
  out('');
  out(
    missed.length === 0
      ? colours.green(`All ${findings.length} findings of ${reports.length} acts hold.`)
      : colours.red(`${missed.length} of ${findings.length} findings do not hold in this run.`),
  );
  out('Next: `npx evenkeel --help`, `npx evenkeel local up`, and docs/examples/evenkeel.yaml.');
  if (missed.length > 0) process.exitCode = 1;
}

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
    return;
  }
  process.stderr.write(
    `The tour could not go on: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
});
