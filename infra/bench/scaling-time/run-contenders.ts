import { setTimeout as sleep } from 'node:timers/promises';
import { type BootTimes } from '../../local/ecs/boot-times';
import { REAL_TIMES } from '../../local/contracts';
import { type Load, startLoad } from '../../local/traffic/load-generator';
import { countBetween } from '../../rehearsal/measure';
import { launchSection, scaleSection } from '../../rehearsal/scale-section';
import { startSide, type Side } from '../../rehearsal/start-side';
import { faultMoment } from '../heal/round';
import { type Contender } from './contenders';
import { type EssRun, runEss } from './run-ess';
import { splitStages, type Stages } from './stages';
import { watchArrivals } from './watch-arrivals';

export interface Run {
  readonly contenders: readonly Contender[];
  /** Longest time from the overload on. */
  readonly minutes: number;
  /** Second of the minute in which the load rises: metric periods begin at whole minutes. */
  readonly phaseSeconds: number;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface ContenderResult {
  readonly contender: string;
  readonly stages: Stages;
  readonly requests: number;
  readonly failed: number;
}

/**
 * An assumption, the cloud publishes no figures: 30 s from the start until a prepared instance answers, and another 30 s at the
 * first boot, to set it up.
 */
export const BOOT_TIMES: BootTimes = {
  pending: { minMs: 1000, maxMs: 1000 },
  running: { minMs: 19_000, maxMs: 19_000 },
  guest: { minMs: 5000, maxMs: 5000 },
  service: { minMs: 5000, maxMs: 5000 },
  setUp: { minMs: 30_000, maxMs: 30_000 },
};

/** Two vCPU, 100 ms a request: 20 requests a second each. */
const TYPE = 'ecs.c7.large';
const COUNT = 3;
export const LOAD = { before: 27, after: 55 } as const;
/** 55 requests a second keep 5.5 vCPU busy: at 60 % that is work for five instances. */
const NEEDED = 2;
const TARGET_PERMILLE = 600;
const FIRST_NETWORK = 80;
/** Steady load before, so that metrics of it are there. */
const BASELINE_MS = 100_000;

interface Entry {
  readonly contender: Contender;
  readonly side: Side;
  readonly load: Load;
  readonly watch: ReturnType<typeof watchArrivals>;
  readonly rule: EssRun | null;
}

/** Starts every contender on a region of its own, raises the load of all at once and watches. Leaves nothing behind. */
export async function runContenders(run: Run): Promise<readonly ContenderResult[]> {
  const endings: (() => Promise<unknown>)[] = [];
  try {
    const sides: Side[] = [];
    for (const [index, contender] of run.contenders.entries()) {
      run.signal.throwIfAborted();
      const side = await startSide(sideOf(contender, FIRST_NETWORK + 2 * index));
      endings.push(async () => side.stop());
      sides.push(side);
    }
    const overloadAt = faultMoment(Date.now() + BASELINE_MS, run.phaseSeconds);
    run.say(
      `${sides.length} regions are ready; the load doubles in ${Math.round((overloadAt - Date.now()) / 1000)} s`,
    );
    const entries: Entry[] = [];
    for (const [index, contender] of run.contenders.entries()) {
      const side = sides[index];
      if (side !== undefined) entries.push(await enter(contender, side, overloadAt, endings));
    }
    await untilInService(entries, overloadAt, run);
    return await Promise.all(entries.map((entry) => conclude(entry, overloadAt)));
  } finally {
    await Promise.allSettled(endings.reverse().map((end) => end()));
  }
}

const sideOf = (
  { name, by, warm }: Contender,
  network: number,
): Parameters<typeof startSide>[0] => ({
  name,
  network,
  times: REAL_TIMES,
  pool: {
    instanceTypes: Array.from({ length: COUNT }, () => TYPE),
    warm: Array.from({ length: warm }, () => TYPE),
  },
  service: { serviceTimeMs: 100 },
  ecsSettings: { bootTimes: BOOT_TIMES },
  wakes: by === 'rule' ? 'nobody' : 'timer-and-alarm',
  policy: {
    mode: 'enforce',
    heal: { probe: { path: '/' } },
    scale: scaleSection({
      min: COUNT,
      max: 8,
      more: {
        metrics: [{ signal: 'cpu', target: `${TARGET_PERMILLE / 10}%` }],
        warmPool: { size: warm },
        launch: launchSection(),
      },
    }),
  },
});

async function enter(
  contender: Contender,
  side: Side,
  overloadAt: number,
  endings: (() => Promise<unknown>)[],
): Promise<Entry> {
  const load = await startLoad({
    kind: 'http',
    host: side.pool.host,
    port: side.pool.port,
    requestsPerSecond: LOAD.before,
    change: { afterMs: overloadAt - Date.now(), overMs: 0, requestsPerSecond: LOAD.after },
    timeoutMs: 3000,
    durationMs: 3_600_000,
  });
  const watch = watchArrivals(side);
  const rule = contender.by === 'rule' ? runEss(side, TARGET_PERMILLE) : null;
  endings.push(async () => {
    watch.stop();
    rule?.stop();
    await load.stop();
  });
  return { contender, side, load, watch, rule };
}

const REPORT_EVERY_MS = 15_000;

const inService = ({ watch }: Entry): number =>
  watch.arrivals().filter(({ fullAt }) => fullAt !== null).length;

/** Until every contender has what the load needs, or the time is up. */
async function untilInService(
  entries: readonly Entry[],
  overloadAt: number,
  { minutes, say, signal }: Run,
): Promise<void> {
  while (Date.now() < overloadAt + minutes * 60_000) {
    await sleep(REPORT_EVERY_MS, undefined, { signal });
    const counts = entries.map((entry) => `${entry.contender.name} ${inService(entry)}`);
    say(
      `${Math.round((Date.now() - overloadAt) / 1000)} s, newcomers in service: ${counts.join(', ')}`,
    );
    if (entries.every((entry) => inService(entry) >= NEEDED)) return;
  }
}

async function conclude(
  { contender, side, load, watch, rule }: Entry,
  overloadAt: number,
): Promise<ContenderResult> {
  const report = await load.stop();
  const first = Math.floor((overloadAt - report.startedAt) / 1000);
  const moments =
    rule === null
      ? await momentsOf(side, overloadAt)
      : { wantedAt: rule.wantedAt(), calledAt: rule.calledAt() };
  return {
    contender: contender.name,
    ...countBetween(report.seconds, first, Number.POSITIVE_INFINITY),
    stages: splitStages({ overloadAt, ...moments, arrivals: watch.arrivals(), needed: NEEDED }),
  };
}

/** The first tick that wants more, and the first call that brings it. */
async function momentsOf(
  side: Side,
  overloadAt: number,
): Promise<{ readonly wantedAt: number | null; readonly calledAt: number | null }> {
  const ticks = (await side.ticks()).filter(({ pool }) => pool.takenAt >= overloadAt);
  const wanting = ticks.find(({ proposal }) => proposal.scale?.direction === 'out');
  const calls = ticks.flatMap(({ plan, outcome }) =>
    outcome.steps.filter(({ stepId }) =>
      plan.steps.some(
        (step) => step.stepId === stepId && (step.kind === 'launch' || step.kind === 'start'),
      ),
    ),
  );
  return { wantedAt: wanting?.pool.takenAt ?? null, calledAt: calls[0]?.startedAt ?? null };
}
