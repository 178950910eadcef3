import { type Load } from '../local/traffic/load-generator';
import { type LoadOptions } from '../local/traffic/load-options';
import { type LoadReport } from '../local/traffic/load-report';
import { secondsToHeal } from '../rehearsal/measure';
import { type Side } from '../rehearsal/start-side';
import { type Act, type ActContext, figuresOf, type Finding, type SideReport } from './act';
import { actionsSince, secondsToDetect } from './actions';
import { loadOn, MIXED_POOL, pause, type SideWish, startPair, TOUR_POLICY } from './stage';

export interface FaultAct {
  readonly name: string;
  readonly title: string;
  readonly story: string;
  readonly isDefault: boolean;
  /** Indexes of the instances that get sick. */
  readonly victims: readonly number[];
  readonly requestsPerSecond: number;
  /** Longest time from the fault to the end of the act. */
  readonly secondsMax: number;
  /** The act also ends once the enforcing side has been well for this long… */
  readonly secondsWell: number;
  /** … and shows what the act is there for. */
  readonly isShown?: (enforce: Side) => boolean;
  readonly wish?: Partial<SideWish>;
  readonly load?: Partial<LoadOptions>;
  /** Makes one instance sick. */
  readonly inject: (side: Side, instanceId: string) => Promise<void> | void;
  /** What this act is there to show, judged from both sides. */
  readonly findings: (outcome: {
    readonly observe: Outcome;
    readonly enforce: Outcome;
  }) => readonly Finding[];
}

export interface Outcome {
  readonly side: Side;
  readonly report: SideReport;
  readonly load: LoadReport;
  readonly ticks: Awaited<ReturnType<Side['ticks']>>;
}

const BASELINE_MS = 3000;

/** An act in which something breaks in both regions at the same moment, and only one of them may be healed. */
export function faultAct(fault: FaultAct): Act {
  const { name, title, story, isDefault } = fault;
  return { name, title, story, isDefault, run: (context) => runFault(fault, context) };
}

async function runFault(fault: FaultAct, context: ActContext): ReturnType<Act['run']> {
  const wish: SideWish = {
    pool: { instanceTypes: MIXED_POOL },
    policy: TOUR_POLICY,
    ...fault.wish,
  };
  const sides = await startPair(wish, context);
  const loads = await Promise.all(
    sides.map((side) =>
      loadOn(side, { requestsPerSecond: fault.requestsPerSecond, ...fault.load }, context),
    ),
  );
  context.say(`steady load of ${fault.requestsPerSecond} requests a second on both`);
  await pause(BASELINE_MS, context.signal);
  const faultAt = Date.now();
  await Promise.all(
    sides.flatMap((side) =>
      fault.victims.map(async (victim) => fault.inject(side, side.pool.instanceIds[victim] ?? '')),
    ),
  );
  context.say('the fault is in; now watching');
  await watch(fault, { side: sides[1], load: loads[1] }, faultAt, context);
  const outcomes = await Promise.all(
    sides.map((side, index) => outcomeOf(side, loads[index], { fault, faultAt })),
  );
  const [observe, enforce] = outcomes;
  if (observe === undefined || enforce === undefined) throw new Error('an act has two sides');
  return {
    hasFault: true,
    sides: [observe.report, enforce.report],
    findings: fault.findings({ observe, enforce }),
  };
}

/** Until the enforcing side has been well for a while and the act has shown what it is there for, or its time is up. */
async function watch(
  fault: FaultAct,
  { side, load }: { readonly side: Side; readonly load: Load | undefined },
  faultAt: number,
  context: ActContext,
): Promise<void> {
  for (;;) {
    await pause(1000, context.signal);
    const elapsed = (Date.now() - faultAt) / 1000;
    const report = await load?.report();
    const faultSecond = report === undefined ? 0 : Math.floor((faultAt - report.startedAt) / 1000);
    const healed = report === undefined ? null : secondsToHeal(report.seconds, faultSecond);
    context.say(
      `${Math.round(elapsed)} s since the fault; ${healed === null ? 'requests are failing' : 'requests are well'} on the enforcing side`,
    );
    if (elapsed >= fault.secondsMax) return;
    if (isWellFor(elapsed, healed, fault) && (fault.isShown?.(side) ?? true)) return;
  }
}

/** Healed, and for as long as the act asks; what was never felt is not healed yet. */
const isWellFor = (elapsed: number, healed: number | null, { secondsWell }: FaultAct): boolean =>
  healed !== null && healed > 0 && elapsed - healed >= secondsWell;

async function outcomeOf(
  side: Side,
  load: Load | undefined,
  { fault, faultAt }: { readonly fault: FaultAct; readonly faultAt: number },
): Promise<Outcome> {
  if (load === undefined) throw new Error('an act has a load on each side');
  const report = await load.stop();
  const ticks = await side.ticks();
  const victims = fault.victims.map((victim) => side.pool.instanceIds[victim] ?? '');
  const faultSecond = Math.floor((faultAt - report.startedAt) / 1000);
  return {
    side,
    load: report,
    ticks,
    report: {
      side: side.name,
      ...figuresOf(report),
      secondsToDetect: secondsToDetect(ticks, victims, faultAt),
      secondsToHeal: secondsToHeal(report.seconds, faultSecond),
      actions: actionsSince(side, ticks, faultAt),
    },
  };
}
