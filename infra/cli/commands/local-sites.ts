import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { FileTickArchive } from '../../../shared/adapters/file/file-tick-archive';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { instantText } from '../../../shared/record/text';
import { type RegionAdmin, startRegionAdmin } from '../../local/admin/region-admin';
import { REAL_TIMES, REHEARSAL_TIMES } from '../../local/contracts';
import { PUBLIC_NAME } from '../../rehearsal/name-section';
import { type RehearsedRegion } from '../../rehearsal/rehearsed-region';
import { shop } from '../../rehearsal/shop';
import { startTwoSites, type TwoSites } from '../../rehearsal/two-sites';
import { type CliContext } from '../cli-context';
import { type CommandResult } from '../command-result';
import { withOutputOptions } from '../common-options';
import { followTicks } from '../follow-ticks';
import { runCommand, type OutputOptions } from '../run-command';

interface LocalSitesOptions extends OutputOptions {
  readonly times: 'real' | 'rehearsal';
  readonly mode: 'observe' | 'enforce';
  readonly endpointsFile?: string;
}

const NETWORK = 130;
const TTL_SECONDS = 60;
const QUICK_TTL_SECONDS = 5;

/** `evenkeel local sites`: a public name on two local regions, looked after from a third. */
export function addLocalSites(local: Command, context: CliContext): void {
  withOutputOptions(
    local
      .command('sites')
      .description(
        'start four local regions, two of them with a site of one public name, and keep them until Ctrl-C; --json prints a line for each region, with openapi, fc, dns, admin, accessKeyId, accessKeySecret, accountId, regionId, policyFile, and site, where it serves',
      )
      .addOption(
        new Option('--times <profile>', 'times that the cloud fixes: its own, or shrunk')
          .choices(['real', 'rehearsal'])
          .default('rehearsal'),
      )
      .addOption(
        new Option('--mode <mode>', 'whether the name is only observed, or fails over')
          .choices(['observe', 'enforce'])
          .default('enforce'),
      )
      .option(
        '--endpoints-file <file>',
        'also write the JSON lines there, readable by you alone, for --local',
      ),
  ).action(async (options: LocalSitesOptions) => {
    context.finish(await runCommand(context.terminal, options, () => localSites(options, context)));
  });
}

/** Prints where everything is, waits for Ctrl-C, ends everything. */
async function localSites(options: LocalSitesOptions, context: CliContext): Promise<CommandResult> {
  let interrupt = (): void => undefined;
  const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
  context.onInterrupt(interrupt);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.once(signal, interrupt);
  const isQuick = options.times === 'rehearsal';
  const world = await startTwoSites(
    shop({
      network: NETWORK,
      times: isQuick ? REHEARSAL_TIMES : REAL_TIMES,
      name: {
        policy: { mode: options.mode },
        ttlSeconds: isQuick ? QUICK_TTL_SECONDS : TTL_SECONDS,
      },
    }),
  );
  const admins = await Promise.all(world.regions.map(startAdmin));
  try {
    announce(world, admins, options, context);
    const endFollowing = options.json === true ? () => undefined : follow(world, context);
    const staysAwake = setInterval(() => undefined, 60_000);
    await interrupted;
    clearInterval(staysAwake);
    endFollowing();
  } finally {
    await Promise.all(admins.map(async (admin) => admin.stop()));
    await world.stop();
  }
  return { exit: 'ok', json: undefined, lines: () => ['Stopped; nothing is left behind.'] };
}

const startAdmin = async (whole: RehearsedRegion): Promise<RegionAdmin> => {
  const { ecs, accessKeySecret: secret } = whole.region;
  return startRegionAdmin({ ecs, secret, whole });
};

/** What `local sites --json` prints of one region, on one line. */
function lineOf({ a, b, dnsServer }: TwoSites, each: RehearsedRegion, admin: string) {
  const { accessKeyId, accessKeySecret, accountId } = each.region;
  const site = [a, b].find(({ region }) => region === each);
  return {
    ...{ regionId: each.regionId, openapi: each.endpoints.openapi, fc: each.endpoints.functions },
    ...{ dns: dnsServer, admin, accessKeyId, accessKeySecret, accountId },
    policyFile: each.policyFile,
    site: site === undefined ? null : `http://${site.pool.host}:${site.pool.port}`,
  };
}

function announce(
  world: TwoSites,
  admins: readonly RegionAdmin[],
  { endpointsFile, json }: LocalSitesOptions,
  { terminal }: CliContext,
): void {
  const regions = world.regions.map((region, index) =>
    lineOf(world, region, admins[index]?.url ?? ''),
  );
  const lines = regions.map((one) => JSON.stringify(one));
  if (endpointsFile !== undefined) {
    writeFileSync(endpointsFile, `${lines.join('\n')}\n`, { mode: 0o600 });
    chmodSync(endpointsFile, 0o600); // a file that was there already keeps its mode otherwise
  }
  if (json === true) {
    lines.forEach(terminal.out);
    return;
  }
  const { bold, dim } = terminal.colours;
  terminal.out(bold(`${world.host} on two local regions; name server ${world.dnsServer}`));
  for (const { regionId, site } of regions)
    terminal.out(
      `${regionId.padEnd(12)}${site ?? (regionId === world.home.regionId ? 'home' : 'only looks')}`,
    );
  terminal.out(`${'policy'.padEnd(12)}${world.home.policyFile}`);
  terminal.out(
    dim(
      `Ctrl-C ends it. With --endpoints-file FILE, another terminal can run \`evenkeel local region ${world.a.region.regionId} lost --local FILE\` and \`evenkeel plan --name ${PUBLIC_NAME.name} --local FILE --policy POLICY\`. What Evenkeel does appears below.`,
    ),
  );
}

function follow({ home }: TwoSites, { terminal }: CliContext): () => void {
  const folder = join(home.archiveFolder, 'names');
  const archive = new FileTickArchive({ folder, clock: new SystemClock() });
  return followTicks(archive, PUBLIC_NAME.name, (tick) =>
    terminal.out(`${instantText(tick.at)}  ${tick.healthy}/${tick.members} up  ${tick.summary}`),
  );
}
