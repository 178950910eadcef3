import { Argument, type Command } from 'commander';
import {
  REGION_STATE_MEANINGS,
  REGION_STATES,
  type RegionState,
} from '../../local/admin/region-states';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withOutputOptions } from '../common-options';
import { orderRegion } from '../order-region';
import { runCommand, type OutputOptions } from '../run-command';

interface LocalRegionOptions extends OutputOptions {
  readonly local: string;
}

const meanings = REGION_STATES.map((state) => `${state} (${REGION_STATE_MEANINGS[state]})`);

/** `evenkeel local region`: loses one of several local regions, or brings it back. */
export function addLocalRegion(local: Command, context: CliContext): void {
  withOutputOptions(
    local
      .command('region')
      .description('lose a whole region of `local sites` on purpose, or bring it back')
      .argument('<region>', 'region id')
      .addArgument(new Argument('<state>', meanings.join(', ')).choices(REGION_STATES))
      .requiredOption('--local <file>', 'the file that `local sites --endpoints-file` wrote'),
  ).action(async (regionId: string, state: RegionState, options: LocalRegionOptions) => {
    const run = () => localRegion(regionId, state, options.local);
    context.finish(await runCommand(context.terminal, options, run));
  });
}

async function localRegion(
  regionId: string,
  state: RegionState,
  file: string,
): Promise<CommandResult> {
  await orderRegion(file, '/region', { state }, regionId);
  return {
    exit: 'ok',
    json: { regionId, state },
    lines: () => [`${regionId}: ${REGION_STATE_MEANINGS[state]}.`],
  };
}
