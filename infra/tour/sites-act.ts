import { type NameTick } from '../../shared/domain/failover/name-tick';
import { type Load } from '../local/traffic/load-generator';
import { type LoadCount, type LoadReport } from '../local/traffic/load-report';
import { knowsWhatIsUsual } from '../rehearsal/knows-what-is-usual';
import { countBetween, secondsToHeal } from '../rehearsal/measure';
import { secondsToShift } from '../rehearsal/measure-shift';
import { shop, SHOP_REQUESTS_PER_SECOND } from '../rehearsal/shop';
import { startTwoSites, type TwoSites } from '../rehearsal/two-sites';
import {
  type Act,
  type ActContext,
  figuresOf,
  type Finding,
  type ShiftReport,
  type SideReport,
} from './act';
import { nameActionsSince } from './name-actions';
import { pause, within } from './stage';

/** One of the two worlds of an act: on `observe` nobody writes to DNS. */
export interface Player {
  readonly name: 'observe' | 'enforce';
  readonly world: TwoSites;
  readonly load: Load;
}

export interface Script {
  /** Says what is going on. */
  readonly say: (text: string) => void;
  /** Does the same to every world, at once. */
  readonly everywhere: (deed: (world: TwoSites) => Promise<void>) => Promise<void>;
  /** Waits until it is so in the world where Evenkeel acts; gives up after a while, and then findings show it. */
  readonly until: (text: string, isSo: (enforce: TwoSites) => Promise<boolean>) => Promise<void>;
  readonly wait: (ms: number) => Promise<void>;
}

export interface SitesAct {
  readonly name: string;
  readonly title: string;
  readonly story: string;
  /** Everything that happens once clients are served by both sites. Resolves with the moment at which region a came back, or null. */
  readonly happen: (script: Script) => Promise<number | null>;
  /** Region a is lost when it begins. */
  readonly losesA: boolean;
  readonly findings: (outcomes: SitesOutcomes) => readonly Finding[];
}

export interface SitesOutcome {
  readonly world: TwoSites;
  readonly report: SideReport;
  readonly load: LoadReport;
  readonly ticks: readonly NameTick[];
  /** When it happened, milliseconds since the epoch. */
  readonly happenedAt: number;
  readonly lastSeconds: (count: number) => LoadCount;
  /** Requests since it happened. */
  readonly since: LoadCount;
}

export interface SitesOutcomes {
  readonly observe: SitesOutcome;
  readonly enforce: SitesOutcome;
}

const WORLDS = [
  { name: 'observe', network: 110 },
  { name: 'enforce', network: 120 },
] as const;
const TTL_SECONDS = 5;
const PATIENCE_MS = 90_000;
/** So many seconds without a failed request come first. */
const CALM_SECONDS = 4;

/** An act with a public name on two sites, in two worlds at the same moment. */
export function sitesAct(act: SitesAct): Act {
  const { name, title, story } = act;
  return {
    ...{ name, title, story, isDefault: false, needsAddresses: true },
    run: (context) => runSites(act, context),
  };
}

async function runSites(act: SitesAct, context: ActContext): ReturnType<Act['run']> {
  context.say('starting two worlds of four regions, with two sites each');
  const players = await Promise.all(WORLDS.map((wanted) => enter(wanted, context)));
  context.say(`${SHOP_REQUESTS_PER_SECOND} requests a second, through resolvers that cache`);
  for (const player of players) await within(PATIENCE_MS, () => isSettled(player), context.signal);
  const happenedAt = Date.now();
  const backAt = (await act.happen(scriptFor(players, context))) ?? Infinity;
  const [observe, enforce] = await Promise.all(
    players.map((player) => conclude(act, player, { happenedAt, backAt })),
  );
  if (observe === undefined || enforce === undefined) throw new Error('an act has two worlds');
  return {
    hasFault: true,
    sides: [observe.report, enforce.report],
    findings: act.findings({ observe, enforce }),
  };
}

async function enter(
  { name, network }: (typeof WORLDS)[number],
  context: ActContext,
): Promise<Player> {
  context.signal.throwIfAborted();
  const world = await startTwoSites(
    shop({ network, name: { policy: { mode: name }, ttlSeconds: TTL_SECONDS } }),
  );
  context.ending(() => world.stop());
  for (const region of [world.a.region, world.b.region, world.home]) {
    const { regionId, policyFile, stateFolder, archiveFolder } = region;
    context.show?.({ label: `${name}, ${regionId}`, policyFile, stateFolder, archiveFolder });
  }
  context.signal.throwIfAborted();
  const load = await world.load({ requestsPerSecond: SHOP_REQUESTS_PER_SECOND });
  context.ending(() => load.stop());
  return { name, world, load };
}

/** Both sites are up, what they usually carry is remembered, and their clients are served. */
async function isSettled({ world, load }: Player): Promise<boolean> {
  const { seconds } = await load.report();
  const calm = seconds.slice(-CALM_SECONDS - 1, -1);
  return (
    knowsWhatIsUsual(await world.memory(), SHOP_REQUESTS_PER_SECOND) &&
    calm.length === CALM_SECONDS &&
    calm.every(({ failed }) => failed === 0)
  );
}

const scriptFor = (players: readonly Player[], { say, signal }: ActContext): Script => ({
  say,
  everywhere: async (deed) => {
    await Promise.all(players.map(({ world }) => deed(world)));
  },
  until: async (text, isSo) => {
    say(text);
    const enforce = players.find(({ name }) => name === 'enforce');
    if (enforce !== undefined) await within(PATIENCE_MS, () => isSo(enforce.world), signal);
  },
  wait: async (ms) => pause(ms, signal),
});

/** From when to when region a was away, milliseconds since the epoch. */
interface Loss {
  readonly happenedAt: number;
  readonly backAt: number;
}

async function conclude(
  act: SitesAct,
  { name, world, load: running }: Player,
  { happenedAt, backAt }: Loss,
): Promise<SitesOutcome> {
  const load = await running.stop();
  const ticks = await world.ticks();
  const second = Math.floor((happenedAt - load.startedAt) / 1000);
  const last = load.seconds.at(-1)?.second ?? 0;
  return {
    ...{ world, load, ticks, happenedAt },
    lastSeconds: (count) => countBetween(load.seconds, last - count, last - 1),
    since: countBetween(load.seconds, second, last - 1),
    report: {
      side: name,
      ...figuresOf(load),
      secondsToDetect: null,
      secondsToHeal: secondsToHeal(load.seconds, second),
      ...(act.losesA ? { shift: shiftOf(world, load, ticks, { happenedAt, backAt }) } : {}),
      actions: nameActionsSince(ticks, happenedAt),
    },
  };
}

function shiftOf(
  { a, b }: TwoSites,
  load: LoadReport,
  ticks: readonly NameTick[],
  { happenedAt, backAt }: Loss,
): ShiftReport {
  const second = Math.floor((happenedAt - load.startedAt) / 1000);
  const away = load.seconds.filter((each) => load.startedAt + each.second * 1000 < backAt);
  const since = (at: number | undefined): number | null =>
    at === undefined ? null : Math.round((at - happenedAt) / 100) / 10;
  return {
    secondsToVerdict: since(verdictAt(ticks, happenedAt)),
    secondsToDns: since(pausedAt(ticks, happenedAt)),
    secondsToMove: secondsToShift(away, a.pool.host, second),
    ttlSeconds: TTL_SECONDS,
    p99MsThere: Math.round(load.addresses[b.pool.host]?.latency.p99Ms ?? 0),
  };
}

const verdictAt = (ticks: readonly NameTick[], since: number): number | undefined =>
  ticks.find(
    ({ name, proposal }) =>
      name.takenAt >= since &&
      proposal.verdicts.some(({ siteName, verdict }) => siteName === 'a' && verdict === 'down'),
  )?.name.takenAt;

const pausedAt = (ticks: readonly NameTick[], since: number): number | undefined =>
  ticks
    .filter(({ name }) => name.takenAt >= since)
    .flatMap(({ outcome }) => outcome.steps)
    .find(({ stepId, result }) => stepId.startsWith('pause/') && result.kind === 'done')
    ?.finishedAt;
