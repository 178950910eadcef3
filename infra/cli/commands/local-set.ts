import { Argument, type Command } from 'commander';
import { parseDuration } from '../../../shared/config/notation';
import { type RegionSettings } from '../../local/admin/region-settings';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withOutputOptions } from '../common-options';
import { orderRegion } from '../order-region';
import { runCommand, type OutputOptions } from '../run-command';
import { UserError } from '../user-error';

interface LocalSetOptions extends OutputOptions {
  readonly local: string;
  readonly zone?: string;
  readonly type?: string;
  readonly spot?: boolean;
}

interface Setting {
  readonly meaning: string;
  /** Undefined when the value cannot be read. */
  readonly read: (value: string, options: LocalSetOptions) => RegionSettings | undefined;
}

const wholeNumber = (value: string): number | undefined =>
  /^\d{1,9}$/.test(value) ? Number(value) : undefined;

const placeOf = ({ zone, type }: LocalSetOptions) => ({
  ...(zone === undefined ? {} : { zoneId: zone }),
  ...(type === undefined ? {} : { instanceType: type }),
});
const offerOf = (options: LocalSetOptions) => ({
  ...placeOf(options),
  ...(options.spot === undefined ? {} : { isSpot: options.spot }),
});

/** A setting of one whole number. */
const counted =
  (settings: (count: number, options: LocalSetOptions) => RegionSettings): Setting['read'] =>
  (value, options) => {
    const count = wholeNumber(value);
    return count === undefined ? undefined : settings(count, options);
  };

/** All stages of a boot take their share of the time, neither more nor less. */
function bootTimes(value: string): RegionSettings | undefined {
  if (value === 'usual') return { bootTimes: null };
  const ms = parseDuration(value);
  if (ms === undefined) return undefined;
  const share = (permille: number) => {
    const part = Math.round((ms * permille) / 1000);
    return { minMs: part, maxMs: part };
  };
  return {
    bootTimes: { pending: share(50), running: share(450), guest: share(250), service: share(250) },
  };
}

function spotPrice(value: string, options: LocalSetOptions): RegionSettings | undefined {
  if (!/^\d{1,6}(\.\d{1,3})?$/.test(value)) return undefined;
  const priceThousandths = Math.round(Number(value) * 1000);
  return { spotPrice: { ...placeOf(options), priceThousandths } };
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  stock: {
    meaning: 'machines left, or endless; of --zone, --type and --spot where given',
    read: (value, options) =>
      value === 'endless'
        ? { stock: null }
        : counted((available) => ({ stock: { ...offerOf(options), available } }))(value, options),
  },
  vcpus: {
    meaning: 'vCPU quota on demand, or of spot instances with --spot',
    read: counted((count, { spot }) => ({
      vcpuQuota: spot === true ? { spot: count } : { onDemand: count },
    })),
  },
  balance: {
    meaning: 'money of the account in whole units; launches need 100',
    read: counted((balance) => ({ balance })),
  },
  'late-failures': {
    meaning: 'so many of the next instances are accepted and vanish',
    read: counted((count, options) => ({ lateFailures: { ...offerOf(options), count } })),
  },
  'boot-time': {
    meaning: 'from launch to answering service, as 60s, or usual',
    read: bootTimes,
  },
  'spot-price': {
    meaning: 'price an hour with at most three decimals; of --zone and --type where given',
    read: spotPrice,
  },
  'invisible-for': {
    meaning: 'time for which a fresh instance is missing from lists, as 2s',
    read: (value) => {
      const visibilityDelayMs = parseDuration(value);
      return visibilityDelayMs === undefined ? undefined : { visibilityDelayMs };
    },
  },
};

const meanings = Object.entries(SETTINGS)
  .map(([name, { meaning }]) => `${name} (${meaning})`)
  .join(', ');

/** `evenkeel local set`: changes what launches in the local region meet. */
export function addLocalSet(local: Command, context: CliContext): void {
  withOutputOptions(
    local
      .command('set')
      .description('change what launches in a running local region meet')
      .addArgument(new Argument('<setting>', meanings).choices(Object.keys(SETTINGS)))
      .argument('<value>', 'its new value')
      .requiredOption('--local <file>', 'the file that `local up --endpoints-file` wrote')
      .option('--zone <id>', 'only there')
      .option('--type <type>', 'only this instance type')
      .option('--spot', 'only spot instances')
      .option('--no-spot', 'only instances on demand'),
  ).action(async (name: string, value: string, options: LocalSetOptions) => {
    const run = () => localSet(name, value, options);
    context.finish(await runCommand(context.terminal, options, run));
  });
}

async function localSet(
  name: string,
  value: string,
  options: LocalSetOptions,
): Promise<CommandResult> {
  const setting = SETTINGS[name];
  const settings = setting?.read(value, options);
  if (setting === undefined || settings === undefined)
    throw new UserError('usage', `${value} is no value of ${name}: ${setting?.meaning ?? ''}.`);
  await orderRegion(options.local, '/settings', settings);
  return { exit: 'ok', json: settings, lines: () => [`${name} is ${value} now.`] };
}
