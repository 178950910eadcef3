import { writeFileSync } from 'node:fs';
import { type Command } from 'commander';
import { z } from 'zod';
import { type Tick } from '../../../shared/domain/tick';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withOutputOptions } from '../common-options';
import { readJson } from '../read-file';
import { replayTick, type Replay } from '../replay-tick';
import { runCommand, type OutputOptions } from '../run-command';
import { UserError } from '../user-error';

/** Enough of a tick's shape to tell a tick from other JSON; the rest was written by Evenkeel itself. */
const tickSchema = z.object({
  schema: z.literal(1),
  request: z.object({
    tickId: z.string(),
    policy: z.object({ name: z.string(), heal: z.object({}), guards: z.object({}) }),
  }),
  pool: z.object({
    poolName: z.string(),
    backends: z.array(z.object({ instanceId: z.string() })),
    memory: z.object({}),
  }),
  proposal: z.object({ steps: z.array(z.unknown()) }),
  plan: z.object({ steps: z.array(z.unknown()) }),
});

/** Differences that are shown to people; JSON has all of them. */
const SHOWN_MAX = 40;

interface ReplayOptions extends OutputOptions {
  readonly update?: boolean;
}

interface Replayed extends Replay {
  readonly file: string;
}

/** `evenkeel replay TICK.json…`: decides recorded ticks again. */
export function addReplay(program: Command, context: CliContext): void {
  withOutputOptions(
    program
      .command('replay')
      .description('decide recorded ticks again and show what would be decided differently')
      .argument('<ticks...>', 'tick files, as `explain --json` prints them')
      .option('--update', 'write what is decided now into the files'),
  ).action(async (files: readonly string[], options: ReplayOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () => Promise.resolve(replay(files, options))),
    );
  });
}

function replay(files: readonly string[], { update = false }: ReplayOptions): CommandResult {
  const replays = files.map((file): Replayed => ({ file, ...replayTick(readTick(file)) }));
  const changed = replays.filter((one) => !one.isSame);
  if (update)
    for (const { file, tick } of changed) writeFileSync(file, `${JSON.stringify(tick, null, 2)}\n`);
  return {
    exit: changed.length > 0 && !update ? 'problem' : 'ok',
    json: {
      ticks: replays.map(({ file, isSame, differences }) => ({ file, isSame, differences })),
      updated: update ? changed.map((one) => one.file) : [],
    },
    lines: (colours) =>
      replays.flatMap((one) => [
        `${one.isSame ? colours.green('same     ') : colours.red('different')}  ${one.file}${update && !one.isSame ? ' (updated)' : ''}`,
        ...differenceLines(one).map((line) => colours.dim(line)),
      ]),
  };
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

function readTick(file: string): Tick {
  const read = readJson(file);
  // `explain --json` wraps the tick in its reply.
  const data = typeof read === 'object' && read !== null && 'tick' in read ? read.tick : read;
  if (!tickSchema.safeParse(data).success)
    throw new UserError('usage', `${file} is not a recorded tick.`);
  return data as Tick;
}
