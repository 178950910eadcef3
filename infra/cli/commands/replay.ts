import { type Command } from 'commander';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withOutputOptions } from '../common-options';
import { countChanges, decisionChanges, type DecisionChange } from '../decision-changes';
import { isNameTick, replayTick, type RecordedTick, type Replay } from '../replay-tick';
import { runCommand, type OutputOptions } from '../run-command';
import { type Colours } from '../terminal';
import { readTickFile, tickFilesIn, type TickFile } from '../tick-file';

/** Differences that are shown to people; JSON has all of them. */
const SHOWN_MAX = 40;

interface ReplayOptions extends OutputOptions {
  readonly update?: boolean;
}

interface Replayed extends Replay {
  readonly source: TickFile;
  readonly changes: readonly DecisionChange[];
}

/** `evenkeel replay TICK.json…`: decides recorded ticks again. */
export function addReplay(program: Command, context: CliContext): void {
  withOutputOptions(
    program
      .command('replay')
      .description(
        'decide recorded ticks of pools and names again, and show what would be decided differently',
      )
      .argument(
        '<ticks...>',
        'tick files, as `explain --json` prints them, or folders of them; ends with 1 when one is decided differently',
      )
      .option(
        '--update',
        'show the differences and write what is decided now into the files; nothing is written unless all can be read',
      ),
  ).action(async (paths: readonly string[], options: ReplayOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () => Promise.resolve(replay(paths, options))),
    );
  });
}

function replay(paths: readonly string[], { update = false }: ReplayOptions): CommandResult {
  const replays = tickFilesIn(paths).map(readTickFile).map(replayed);
  const changed = replays.filter((one) => !one.isSame);
  if (update) for (const { source, tick } of changed) source.replace(tick);
  return {
    exit: changed.length > 0 && !update ? 'problem' : 'ok',
    json: {
      ticks: replays.map(({ source, isSame, changes, differences }) => ({
        ...{ file: source.file, isSame, changes, differences },
      })),
      updated: update ? changed.map(({ source }) => source.file) : [],
    },
    lines: (colours) => [
      ...replays.flatMap((one) => replayLines(one, update, colours)),
      summaryOf(replays, update),
    ],
  };
}

function replayed(source: TickFile): Replayed {
  const again = replayTick(source.tick);
  return { ...again, source, changes: decisionChanges(again.recorded, again.now) };
}

function replayLines(one: Replayed, update: boolean, colours: Colours): readonly string[] {
  const word = one.isSame ? colours.green('same     ') : colours.red('different');
  return [
    `${word}  ${one.source.file} (${subjectOf(one.source.tick)})${update && !one.isSame ? ' (updated)' : ''}`,
    ...one.changes.map(({ kind, text }) => `  ${kind.padEnd(8)}  ${text}`),
    ...differenceLines(one).map((line) => colours.dim(line)),
  ];
}

const subjectOf = (tick: RecordedTick): string =>
  isNameTick(tick) ? `name ${tick.name.name}` : `pool ${tick.pool.poolName}`;

/** Example: `9 ticks: 8 decided as recorded, 1 differently (2 verdicts, 1 step). Updated.` */
function summaryOf(replays: readonly Replayed[], update: boolean): string {
  const ticks = `${replays.length} ${replays.length === 1 ? 'tick' : 'ticks'}`;
  const changed = replays.filter((one) => !one.isSame);
  if (changed.length === 0)
    return `${ticks}: all decided as recorded${update ? '; nothing to update' : ''}.`;
  const counts = countChanges(changed.flatMap(({ changes }) => changes));
  return [
    `${ticks}: ${replays.length - changed.length} decided as recorded, ${changed.length} differently`,
    ` (${counts === '' ? 'figures and words only' : counts}).`,
    update ? ' The files hold what is decided now.' : ' --update writes that into the files.',
  ].join('');
}

function differenceLines({ differences }: Replay): readonly string[] {
  const shown = differences
    .slice(0, SHOWN_MAX)
    .flatMap(({ path, recorded, now }) => [
      `  ${path}`,
      `    - ${textOf(recorded)}`,
      `    + ${textOf(now)}`,
    ]);
  return differences.length > SHOWN_MAX
    ? [...shown, `  and ${differences.length - SHOWN_MAX} more; --json has all of them`]
    : shown;
}

const textOf = (value: unknown): string =>
  value === undefined ? '(absent)' : JSON.stringify(value).slice(0, 300);
