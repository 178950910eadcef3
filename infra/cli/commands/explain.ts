import { Option, type Command } from 'commander';
import { explanationOf } from '../../../shared/record/explain';
import { instantText } from '../../../shared/record/text';
import { askName } from '../ask-names';
import { askPool, onePool, type Answer } from '../ask-pools';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withCloudOptions, type CloudOptions } from '../common-options';
import { openFleet, type OpenFleet } from '../open-fleet';
import { parseTime } from '../parse-time';
import { explanationLines, nameLines } from '../render/explanation-lines';
import { runCommand } from '../run-command';
import { UserError } from '../user-error';

interface ExplainOptions extends CloudOptions {
  readonly pool?: string;
  readonly name?: string;
  readonly at?: string;
  readonly last?: boolean;
  readonly backend?: string;
  readonly all?: boolean;
}

type Explanation = Extract<Answer, { kind: 'explanation' }>;

/** `evenkeel explain`: one tick in words; "why did you not act at 10:42?". */
export function addExplain(program: Command, context: CliContext): void {
  withCloudOptions(
    program
      .command('explain')
      .description(
        'explain a tick: what was seen and how old, what was proposed, withheld and by which rule, and done',
      )
      .argument('[tick]', 'tick id, as `history` lists them; without it, the last tick')
      .option('--pool <name>', 'pool; needed when the policy has several')
      .addOption(new Option('--name <name>', 'of this public name').conflicts(['pool', 'backend']))
      .option('--at <time>', 'the last tick up to this time: 10:42, 15m (ago) or an ISO time')
      .option('--last', 'the last tick (the default)')
      .option('--backend <id>', 'only this backend')
      .option('--all', 'also the backends that are healthy and were left alone'),
  ).action(async (tickId: string | undefined, options: ExplainOptions) => {
    context.finish(
      await runCommand(context.terminal, options, () => explain(tickId, options, context)),
    );
  });
}

/** Which tick is meant. */
function choiceOf(
  tickId: string | undefined,
  options: ExplainOptions,
  nowMs: number,
): { readonly tickId?: string; readonly at?: number } {
  const chosen = [tickId !== undefined, options.at !== undefined, options.last === true].filter(
    Boolean,
  );
  if (chosen.length > 1)
    throw new UserError('usage', 'Give a tick id, --at or --last, not several of them.');
  return {
    ...(tickId === undefined ? {} : { tickId }),
    ...(options.at === undefined ? {} : { at: parseTime(options.at, nowMs) }),
  };
}

async function explain(
  tickId: string | undefined,
  options: ExplainOptions,
  context: CliContext,
): Promise<CommandResult> {
  const choice = choiceOf(tickId, options, context.now());
  const fleet = openFleet(options, context.variables);
  if (options.name !== undefined)
    return explainName({ name: options.name, ...choice }, fleet, options, context);
  const pool = onePool(fleet, options.pool);
  const reply = await askPool(
    { verb: 'explain', pool: pool.name, ...choice },
    { fleet, pool, options, context },
  );
  if (reply.kind !== 'explanation') throw new Error(`explain was answered with ${reply.kind}`);
  return {
    exit: 'ok',
    json: reply,
    lines: (colours) =>
      reply.tick === null
        ? digestLines(reply)
        : explanationLines(explanationOf(reply.tick, explanationOptions(options)), colours),
  };
}

async function explainName(
  choice: ReturnType<typeof choiceOf> & { readonly name: string },
  fleet: OpenFleet,
  options: ExplainOptions,
  context: CliContext,
): Promise<CommandResult> {
  const reply = await askName({ verb: 'explain-name', ...choice }, fleet, options, context);
  if (reply.kind !== 'name-explanation') throw new Error(`explain was answered with ${reply.kind}`);
  const { digest, tick } = reply;
  return {
    exit: 'ok',
    json: reply,
    lines: (colours) =>
      tick === null
        ? [
            `Tick ${digest.tickId} of ${choice.name}, ${instantText(digest.at)}, woken by ${digest.wake}: ${digest.summary}.`,
            'Only this digest was kept: nothing was proposed, withheld or changed.',
          ]
        : nameLines({ ...tick, mode: tick.request.policy.mode }, tick.outcome, colours),
  };
}

const explanationOptions = (options: ExplainOptions) => ({
  isComplete: options.all === true,
  ...(options.backend === undefined ? {} : { instanceId: options.backend }),
});

const digestLines = ({ digest }: Explanation): readonly string[] => [
  `Tick ${digest.tickId} of pool ${digest.poolName}, ${instantText(digest.at)}, woken by ${digest.wake}`,
  `${digest.healthy} of ${digest.members} backends healthy: ${digest.summary}.`,
  'Only this digest was kept: nothing was proposed, withheld or changed, and no backend changed its state.',
];
