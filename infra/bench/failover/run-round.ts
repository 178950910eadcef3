import { setTimeout as sleep } from 'node:timers/promises';
import { type NameTick } from '../../../shared/domain/failover/name-tick';
import { type Load } from '../../local/traffic/load-generator';
import { type LoadReport } from '../../local/traffic/load-report';
import { knowsWhatIsUsual } from '../../rehearsal/knows-what-is-usual';
import { startTwoSites, type TwoSites } from '../../rehearsal/two-sites';
import { type Contender } from './contenders';
import { measure, type Measurement } from './measurement';
import { type RuleRun, runRule } from './run-rule';
import { type BenchTimes } from './times';
import { watchWorld, type Watched } from './watch-world';
import { RESOLVERS, SITE, worldOptions } from './world';

export interface RoundOptions {
  readonly contenders: readonly Contender[];
  readonly times: BenchTimes;
  readonly ttlSeconds: number;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

/** What happens to site a of every world, at the same moment. */
export interface Fault {
  readonly name: 'loss' | 'partition';
  /** Resolves at the end of the round. */
  readonly happen: (
    worlds: readonly TwoSites[],
    wait: (ms: number) => Promise<void>,
  ) => Promise<void>;
}

/** A dies wholly: load balancer, instances, OpenAPI, Function host and store. */
export const loss = (minutes: number): Fault => ({
  name: 'loss',
  happen: async (worlds, wait) => {
    await Promise.all(worlds.map(async ({ a }) => a.region.die()));
    await wait(minutes * 60_000);
  },
});

/** Nobody who looks at a gets through for a while; its clients do all the time. */
export const partition = ({ partitionMs, afterPartitionMs }: BenchTimes): Fault => ({
  name: 'partition',
  happen: async (worlds, wait) => {
    for (const { a } of worlds) a.region.showSites(false);
    await wait(partitionMs);
    for (const { a } of worlds) a.region.showSites(true);
    await wait(afterPartitionMs);
  },
});

const FIRST_NETWORK = 150;
const NETWORKS = 8;
const SETTLE_MS = 360_000;
const CALM_SECONDS = 4;
const REPORT_EVERY_MS = 15_000;
const CLIENT_MS = 3000;

interface Entry {
  readonly contender: Contender;
  readonly world: TwoSites;
  readonly load: Load;
  readonly watched: Watched;
  readonly rule: RuleRun | null;
}

/** Starts a world for every contender, does the same to all of them at once and watches. Leaves nothing behind. */
export async function runRound(
  fault: Fault,
  options: RoundOptions,
): Promise<readonly Measurement[]> {
  const endings: (() => Promise<unknown>)[] = [];
  const { contenders, say, signal } = options;
  try {
    const entries: Entry[] = [];
    for (const [index, contender] of contenders.entries()) {
      signal.throwIfAborted();
      entries.push(await enter(contender, FIRST_NETWORK + NETWORKS * index, { options, endings }));
      say(`${fault.name}: the world of “${contender.title}” is ready`);
    }
    await settle(entries, options);
    const { timerPeriodMs } = options.times.cloud;
    await sleep(middleOfPeriod(Date.now(), timerPeriodMs) - Date.now(), undefined, { signal });
    return await strike(fault, entries, options);
  } finally {
    await Promise.allSettled(endings.reverse().map(async (end) => end()));
  }
}

/** The next middle of a period: timers and GTM-style looks begin at whole periods. Example: period 60 s, 10 s past noon → 30 s past. */
export function middleOfPeriod(now: number, periodMs: number): number {
  const middle = Math.floor(now / periodMs) * periodMs + periodMs / 2;
  return middle >= now ? middle : middle + periodMs;
}

async function enter(
  contender: Contender,
  network: number,
  {
    options: { times, ttlSeconds },
    endings,
  }: { readonly options: RoundOptions; readonly endings: (() => Promise<unknown>)[] },
): Promise<Entry> {
  const hasHome = contender.by === 'evenkeel';
  const world = await startTwoSites(worldOptions(network, times, { hasHome, ttlSeconds }));
  endings.push(async () => world.stop());
  const load = await world.load({
    requestsPerSecond: SITE.requestsPerSecond,
    timeoutMs: CLIENT_MS,
    resolvers: { servers: [world.dnsServer], ...RESOLVERS },
  });
  endings.push(async () => load.stop());
  const watched = watchWorld(world);
  const rule =
    typeof contender.by === 'string'
      ? null
      : runRule(world, { ...contender.by, everyMs: contender.by.everyMs / times.divisor });
  endings.push(async () => {
    watched.stop();
    await rule?.stop();
  });
  return { contender, world, load, watched, rule };
}

/** Until metrics of steady load are there, both sites serve, nobody’s requests fail, and Evenkeel knows what is usual. */
async function settle(entries: readonly Entry[], options: RoundOptions): Promise<void> {
  const { times, say, signal } = options;
  const { metricPeriodMs, metricDelayMs } = times.cloud;
  say('clients are served; waiting until their load is in the metrics');
  await sleep(2 * metricPeriodMs + metricDelayMs, undefined, { signal });
  const deadline = Date.now() + SETTLE_MS;
  for (const entry of entries)
    while (!(await isSettled(entry))) {
      if (Date.now() > deadline)
        throw new Error(`The world of “${entry.contender.title}” did not settle.`);
      await sleep(500, undefined, { signal });
    }
}

async function isSettled({ contender, world, load }: Entry): Promise<boolean> {
  const calm = (await load.report()).seconds.slice(-CALM_SECONDS - 1, -1);
  if (calm.length < CALM_SECONDS || calm.some(({ failed }) => failed > 0)) return false;
  if (world.records().some(({ isEnabled }) => !isEnabled)) return false;
  if (contender.by !== 'evenkeel') return true;
  return knowsWhatIsUsual(await world.memory(), SITE.requestsPerSecond);
}

async function strike(
  fault: Fault,
  entries: readonly Entry[],
  { say, signal }: RoundOptions,
): Promise<readonly Measurement[]> {
  const before = await Promise.all(entries.map(async ({ load }) => load.report()));
  const faultAt = Date.now();
  say(`${fault.name}: it has happened`);
  await fault.happen(
    entries.map(({ world }) => world),
    async (ms) => watch(entries, { until: Date.now() + ms, faultAt, say, signal }),
  );
  return Promise.all(
    entries.map(async (entry, index) => {
      const load = await entry.load.stop();
      return conclude(entry, { before: before[index] ?? load, load, faultAt });
    }),
  );
}

async function watch(
  entries: readonly Entry[],
  {
    until,
    faultAt,
    say,
    signal,
  }: { until: number; faultAt: number; say: (text: string) => void; signal: AbortSignal },
): Promise<void> {
  while (Date.now() < until) {
    await sleep(Math.max(0, Math.min(REPORT_EVERY_MS, until - Date.now())), undefined, { signal });
    const failed = await Promise.all(
      entries.map(
        async ({ contender, load }) => `${contender.name} ${(await load.report()).failed}`,
      ),
    );
    say(`${Math.round((Date.now() - faultAt) / 1000)} s, failed requests: ${failed.join(', ')}`);
  }
}

async function conclude(
  { contender, world, watched, rule }: Entry,
  seen: { readonly before: LoadReport; readonly load: LoadReport; readonly faultAt: number },
): Promise<Measurement> {
  const { faultAt } = seen;
  const ticks = contender.by === 'evenkeel' ? await world.ticks() : [];
  return measure(contender.name, {
    ...seen,
    verdictAt: rule === null ? verdictAt(ticks, faultAt) : rule.verdictAt(faultAt),
    moves: watched.moves(),
    bearsAllAt: watched.bearsAllAt(faultAt),
    addresses: { a: world.a.pool.host, b: world.b.pool.host },
  });
}

const verdictAt = (ticks: readonly NameTick[], since: number): number | null =>
  ticks.find(
    ({ name, proposal }) =>
      name.takenAt >= since &&
      proposal.verdicts.some(({ siteName, verdict }) => siteName === 'a' && verdict === 'down'),
  )?.name.takenAt ?? null;
