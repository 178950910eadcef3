import { chmodSync, copyFileSync, writeFileSync } from 'node:fs';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { FileTickArchive } from '../../../shared/adapters/file/file-tick-archive';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { instantText } from '../../../shared/record/text';
import { startRegionAdmin } from '../../local/admin/region-admin';
import { REAL_TIMES, REHEARSAL_TIMES } from '../../local/contracts';
import { POOL_NAME, startSide, type Side } from '../../rehearsal/start-side';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withOutputOptions } from '../common-options';
import { followTicks } from '../follow-ticks';
import { runCommand, type OutputOptions } from '../run-command';

interface LocalUpOptions extends OutputOptions {
  readonly instances: number;
  readonly times: 'real' | 'rehearsal';
  readonly mode: 'observe' | 'enforce';
  readonly region: string;
  readonly endpointsFile?: string;
  readonly policyFile?: string;
}

const INSTANCE_TYPES = ['ecs.c7.large', 'ecs.c7.xlarge', 'ecs.c7.2xlarge'] as const;
const NETWORK = 64;

/** Always awake: nobody pays for it here, and somebody is looking on. */
const POLICY = {
  watch: 'always',
  heal: {
    probe: { path: '/' },
    ladder: {
      rungs: ['lower-weight', 'drain', 'restart'],
      restart: { command: 'systemctl restart app' },
    },
  },
  guards: { budget: { share: '100%' } },
} as const;

function instancesArgument(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0 || count > 20)
    throw new InvalidArgumentError('use a whole number from 0 to 20.');
  return count;
}

/** `evenkeel local up`: a region with a pool, and Evenkeel's functions looking after it. */
export function addLocalUp(local: Command, context: CliContext): void {
  withOutputOptions(
    local
      .command('up')
      .description(
        'start the local region with a small pool and Evenkeel’s functions, and keep them until Ctrl-C; --json prints one line with openapi, fc, dns, console, consoleSecret, admin, onAlarm, accessKeyId, accessKeySecret, accountId, regionId, times, mode, policyFile and pool',
      )
      .option('--instances <count>', 'instances in the pool', instancesArgument, 6)
      .addOption(
        new Option(
          '--times <profile>',
          'times that the cloud fixes (health checks, metrics, boots): its own, or shrunk for a rehearsal',
        )
          .choices(['real', 'rehearsal'])
          .default('real'),
      )
      .addOption(
        new Option('--mode <mode>', 'whether the pool is only observed, or healed')
          .choices(['observe', 'enforce'])
          .default('enforce'),
      )
      .option('--region <id>', 'region id', 'cn-local')
      .option(
        '--endpoints-file <file>',
        'also write the JSON line there, readable by you alone, for --local',
      )
      .option('--policy-file <file>', 'also write the pool’s policy there, for --policy'),
  ).action(async (options: LocalUpOptions) => {
    context.finish(await runCommand(context.terminal, options, () => localUp(options, context)));
  });
}

/** Prints where everything is, waits for Ctrl-C, ends everything. */
async function localUp(options: LocalUpOptions, context: CliContext): Promise<CommandResult> {
  let interrupt = (): void => undefined;
  const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
  context.onInterrupt(interrupt);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt);
  const side = await startSide({
    name: 'local',
    network: NETWORK,
    regionId: options.region,
    times: options.times === 'rehearsal' ? REHEARSAL_TIMES : REAL_TIMES,
    pool: { instanceTypes: instanceTypes(options.instances) },
    policy: { mode: options.mode, ...POLICY },
  });
  try {
    await keepUp(side, options, context, interrupted);
  } finally {
    await side.stop();
  }
  return { exit: 'ok', json: undefined, lines: () => ['Stopped; nothing is left behind.'] };
}

const instanceTypes = (count: number): readonly string[] =>
  Array.from(
    { length: count },
    (_, index) => INSTANCE_TYPES[index % INSTANCE_TYPES.length] ?? INSTANCE_TYPES[0],
  );

async function keepUp(
  side: Side,
  options: LocalUpOptions,
  context: CliContext,
  interrupted: Promise<void>,
): Promise<void> {
  const { ecs, accessKeySecret } = side.region;
  const admin = await startRegionAdmin({ ecs, secret: accessKeySecret });
  try {
    announce(endpointsOf(side, options, admin.url), options, context);
    const endFollowing = options.json === true ? () => undefined : follow(side, context);
    const staysAwake = setInterval(() => undefined, 60_000);
    await interrupted;
    clearInterval(staysAwake);
    endFollowing();
  } finally {
    await admin.stop();
  }
}

/** What `local up --json` prints, on one line. Parts that this version does not have yet are null. */
function endpointsOf(side: Side, options: LocalUpOptions, admin: string) {
  const { region, pool, host, policyFile, triggerUrl, alarmSecret } = side;
  const { loadBalancerId, serverGroupId, instanceIds } = pool;
  return {
    openapi: region.endpoints.openapi,
    fc: host === null ? null : new URL(host.url).host,
    dns: region.endpoints.dns,
    console: side.consoleUrl,
    consoleSecret: side.consoleSecret,
    admin,
    onAlarm: triggerUrl === null ? null : `${triggerUrl}/${alarmSecret ?? ''}`,
    accessKeyId: region.accessKeyId,
    accessKeySecret: region.accessKeySecret,
    accountId: region.accountId,
    regionId: region.regionId,
    times: region.times.name,
    mode: options.mode,
    policyFile: options.policyFile ?? policyFile,
    sourcePolicy: policyFile,
    pool: {
      loadBalancerId,
      serverGroupId,
      instanceIds,
      listener: `http://${pool.host}:${pool.port}`,
    },
  };
}

function announce(
  { sourcePolicy, ...endpoints }: ReturnType<typeof endpointsOf>,
  options: LocalUpOptions,
  { terminal }: CliContext,
): void {
  const line = JSON.stringify(endpoints);
  if (options.endpointsFile !== undefined) {
    writeFileSync(options.endpointsFile, `${line}\n`, { mode: 0o600 });
    chmodSync(options.endpointsFile, 0o600); // a file that was there already keeps its mode otherwise
  }
  if (options.policyFile !== undefined) copyFileSync(sourcePolicy, options.policyFile);
  if (options.json === true) {
    terminal.out(line);
    return;
  }
  const { bold, dim } = terminal.colours;
  const { pool } = endpoints;
  const rows = [
    ['OpenAPI', endpoints.openapi],
    ['DNS', endpoints.dns],
    ['functions', endpoints.fc ?? 'none'],
    ['console', endpoints.console ?? 'none'],
    ['  sign in', `any name, secret ${endpoints.consoleSecret ?? 'none'}`],
    ['on-alarm', endpoints.onAlarm ?? 'none'],
    ['access key', `${endpoints.accessKeyId} / ${endpoints.accessKeySecret}`],
    ['policy', `${endpoints.policyFile} (mode ${endpoints.mode})`],
    ['listener', `${pool.listener} of ${pool.loadBalancerId}, group ${pool.serverGroupId}`],
    ['instances', pool.instanceIds.join(', ')],
  ];
  terminal.out(bold(`Local region ${endpoints.regionId} (${endpoints.times} times)`));
  for (const [name = '', value = ''] of rows) terminal.out(`${name.padEnd(12)}${value}`);
  terminal.out(
    dim(
      'Ctrl-C ends it. With --endpoints-file FILE, another terminal can run `evenkeel local fault INSTANCE gray --local FILE` and `evenkeel status --local FILE --policy POLICY`. What Evenkeel does appears below.',
    ),
  );
}

function follow({ archiveFolder }: Side, { terminal }: CliContext): () => void {
  const archive = new FileTickArchive({ folder: archiveFolder, clock: new SystemClock() });
  return followTicks(archive, POOL_NAME, (tick) =>
    terminal.out(
      `${instantText(tick.at)}  ${tick.healthy}/${tick.members} healthy  ${tick.summary}`,
    ),
  );
}
