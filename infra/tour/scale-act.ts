import { type Tick } from '../../shared/domain/tick';
import { type Load } from '../local/traffic/load-generator';
import { type LoadReport } from '../local/traffic/load-report';
import { countBetween, secondsToHeal } from '../rehearsal/measure';
import { type Side } from '../rehearsal/start-side';
import { type Act, type ActContext, figuresOf, type Finding, type SideReport } from './act';
import { actionsSince, secondsToDetect, secondsToWant } from './actions';
import { loadOn, pause, type SideWish, startOne } from './stage';

export interface ScaleSide {
  readonly name: string;
  readonly network: number;
  readonly wish: SideWish;
}

export interface ScaleAct {
  readonly name: string;
  readonly title: string;
  readonly story: string;
  /** The last one is watched: the act ends when it has shown what it is there for. */
  readonly sides: readonly ScaleSide[];
  readonly requestsPerSecond: number;
  /** What the load becomes, within so many milliseconds; left out: it stays. */
  readonly change?: { readonly requestsPerSecond: number; readonly overMs: number };
  /** What else happens then. */
  readonly inject?: (side: Side) => Promise<void>;
  /** What is waited for: more instances, fewer, or a replacement of the first. */
  readonly awaits: 'out' | 'in' | 'replacement';
  /** Longest time from the change to the end of the act. */
  readonly secondsMax: number;
  /** The act goes on for so long after it has shown what it is there for. */
  readonly secondsAfter: number;
  readonly isShown: (watched: Scene) => boolean | Promise<boolean>;
  readonly findings: (outcomes: readonly ScaleOutcome[]) => readonly Finding[];
}

/** One side while it is watched. */
export interface Scene {
  readonly side: Side;
  readonly load: LoadReport;
}

export interface ScaleOutcome extends Scene {
  readonly report: SideReport;
  readonly ticks: readonly Tick[];
  /** Requests from the change on whose second began so long before the end. */
  readonly lastSeconds: (count: number) => { readonly requests: number; readonly failed: number };
}

interface Player {
  readonly side: Side;
  readonly load: Load;
  servedAt: number | null;
}

/** Metrics of the steady load come first: a few of their periods. */
const BASELINE_MS = 12_000;
const LOOK_MS = 500;

/** An act in which a pool grows, shrinks or replaces an instance, on several sides at the same moment. */
export function scaleAct(act: ScaleAct): Act {
  const { name, title, story } = act;
  return {
    ...{ name, title, story, isDefault: false, needsAddresses: true },
    run: (context) => runScaling(act, context),
  };
}

async function runScaling(act: ScaleAct, context: ActContext): ReturnType<Act['run']> {
  context.say(`starting ${act.sides.length} regions: one CLB and its instances in each`);
  const sides = await Promise.all(
    act.sides.map(({ name, network, wish }) => startOne(name, network, wish, context)),
  );
  const players = await Promise.all(sides.map((side) => play(act, side, context)));
  context.say(`steady load of ${act.requestsPerSecond} requests a second on both`);
  const changeAt = Math.min(...(await startsOf(players))) + BASELINE_MS;
  await pause(changeAt - Date.now(), context.signal);
  await Promise.all(sides.map(async (side) => act.inject?.(side)));
  await watch(act, players, changeAt, context);
  const outcomes = await Promise.all(players.map((player) => conclude(act, player, changeAt)));
  return {
    hasFault: act.inject !== undefined,
    hasScaling: true,
    sides: outcomes.map(({ report }) => report),
    findings: act.findings(outcomes),
  };
}

async function play(act: ScaleAct, side: Side, context: ActContext): Promise<Player> {
  const change =
    act.change === undefined ? {} : { change: { afterMs: BASELINE_MS, ...act.change } };
  const { requestsPerSecond } = act;
  return {
    side,
    load: await loadOn(side, { requestsPerSecond, ...change }, context),
    servedAt: null,
  };
}

const startsOf = async (players: readonly Player[]): Promise<readonly number[]> =>
  (await Promise.all(players.map(({ load }) => load.report()))).map(({ startedAt }) => startedAt);

/** Until the last side has shown what the act is there for and some seconds more, or the time is up. */
async function watch(
  act: ScaleAct,
  players: readonly Player[],
  changeAt: number,
  context: ActContext,
): Promise<void> {
  let shownAt: number | null = null;
  for (;;) {
    await pause(LOOK_MS, context.signal);
    const reports = await Promise.all(players.map((player) => look(player)));
    const elapsed = (Date.now() - changeAt) / 1000;
    const [watched, load] = [players.at(-1), reports.at(-1)];
    if (watched === undefined || load === undefined) return;
    if (shownAt === null && (await act.isShown({ side: watched.side, load }))) shownAt = elapsed;
    context.say(
      `${Math.round(elapsed)} s since the change; ${watched.side.region.ecs.all().length} instances on the ${watched.side.name} side`,
    );
    if (elapsed >= act.secondsMax) return;
    if (shownAt !== null && elapsed - shownAt >= act.secondsAfter) return;
  }
}

/** Notes the first answer of an instance that the pool was not laid out with. */
async function look(player: Player): Promise<LoadReport> {
  const report = await player.load.report();
  const known = new Set(player.side.pool.instanceIds);
  if (Object.keys(report.backends).some((backend) => !known.has(backend)))
    player.servedAt ??= Date.now();
  return report;
}

async function conclude(act: ScaleAct, player: Player, changeAt: number): Promise<ScaleOutcome> {
  const { side, servedAt } = player;
  const load = await player.load.stop();
  const ticks = await side.ticks();
  const changeSecond = Math.floor((changeAt - load.startedAt) / 1000);
  const lastSecond = load.seconds.at(-1)?.second ?? 0;
  return {
    side,
    load,
    ticks,
    lastSeconds: (count) => countBetween(load.seconds, lastSecond - count + 1, lastSecond),
    report: {
      side: side.name,
      ...figuresOf(load),
      secondsToDetect:
        act.awaits === 'replacement'
          ? secondsToDetect(ticks, side.pool.instanceIds.slice(0, 1), changeAt)
          : secondsToWant(ticks, act.awaits, changeAt),
      secondsToHeal: act.inject === undefined ? null : secondsToHeal(load.seconds, changeSecond),
      ...(act.awaits === 'in'
        ? {}
        : {
            secondsToServe: servedAt === null ? null : Math.round((servedAt - changeAt) / 100) / 10,
          }),
      actions: actionsSince(side, ticks, changeAt),
    },
  };
}
