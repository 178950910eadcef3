import { setTimeout as sleep } from 'node:timers/promises';
import { REAL_TIMES } from '../../local/contracts';
import { type Load, startLoad } from '../../local/traffic/load-generator';
import { startSide, type Side } from '../../rehearsal/start-side';
import { type Contender } from './contenders';
import { type BenchFault } from './faults';
import { measure, type Measurement } from './measurement';
import { monthlyPrice, type MonthlyPrice } from './monthly-price';

export interface RoundOptions {
  readonly contenders: readonly Contender[];
  readonly fault: BenchFault;
  /** Time from the fault to the end of the round. */
  readonly minutes: number;
  readonly requestsPerSecond: number;
  /** Second of the minute in which the fault happens: timers and metric periods begin at whole minutes. */
  readonly faultPhaseSeconds: number;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Round {
  readonly fault: string;
  readonly faultPhaseSeconds: number;
  readonly measurements: readonly Measurement[];
  readonly prices: Readonly<Record<string, MonthlyPrice>>;
}

/** Two vCPU, four and eight, two of each. */
const POOL = [
  'ecs.c7.large',
  'ecs.c7.large',
  'ecs.c7.xlarge',
  'ecs.c7.xlarge',
  'ecs.c7.2xlarge',
  'ecs.c7.2xlarge',
];
const VICTIM = 2;
const FIRST_NETWORK = 80;
const MINUTE_MS = 60_000;
/** From the first timer tick to the fault at the earliest: whoever watches has settled down by then. */
const SETTLE_MS = 20_000;

interface Entry {
  readonly contender: Contender;
  readonly side: Side;
  readonly load: Load;
}

/** Starts every contender on a region of its own, hurts all of them at once and watches. Leaves nothing behind. */
export async function runRound(options: RoundOptions): Promise<Round> {
  const endings: (() => Promise<unknown>)[] = [];
  try {
    options.say(`starting ${options.contenders.length} regions with six instances each`);
    const entries: Entry[] = [];
    for (const contender of options.contenders)
      entries.push(await enter(contender, entries.length, { options, endings }));
    await sleep(faultMoment(Date.now(), options.faultPhaseSeconds) - Date.now(), undefined, {
      signal: options.signal,
    });
    const faultAt = Date.now();
    await Promise.all(
      entries.map(async ({ side }) =>
        side.region.ecs.injectFaults(victimOf(side), options.fault.faults, 'reboot'),
      ),
    );
    await watch(entries, faultAt, options);
    const measurements = await Promise.all(entries.map((entry) => conclude(entry, faultAt)));
    const prices = Object.fromEntries(
      entries.map(({ contender, side }) => [
        contender.name,
        monthlyPrice(contender, side.policyFile),
      ]),
    );
    return {
      fault: options.fault.name,
      faultPhaseSeconds: options.faultPhaseSeconds,
      measurements,
      prices,
    };
  } finally {
    await Promise.allSettled(endings.reverse().map(async (end) => end()));
  }
}

/** The first moment of that second of a minute which leaves room for a timer tick and for settling down after it. */
export function faultMoment(now: number, phaseSeconds: number): number {
  const earliest = Math.ceil(now / MINUTE_MS) * MINUTE_MS + SETTLE_MS;
  const moment = Math.floor(earliest / MINUTE_MS) * MINUTE_MS + phaseSeconds * 1000;
  return moment >= earliest ? moment : moment + MINUTE_MS;
}

const victimOf = (side: Side): string => side.pool.instanceIds[VICTIM] ?? '';

async function enter(
  contender: Contender,
  index: number,
  {
    options,
    endings,
  }: { readonly options: RoundOptions; readonly endings: (() => Promise<unknown>)[] },
): Promise<Entry> {
  options.signal.throwIfAborted();
  const side = await startSide({
    name: contender.name,
    network: FIRST_NETWORK + 2 * index,
    times: REAL_TIMES,
    pool: { instanceTypes: POOL, protocol: options.fault.protocol },
    policy: { mode: 'enforce', watch: contender.watch ?? 'never', heal: { probe: { path: '/' } } },
    wakes: contender.wakes,
    service: { serviceTimeMs: 50 },
  });
  endings.push(async () => side.stop());
  const load = await startLoad({
    kind: 'http',
    host: side.pool.host,
    port: side.pool.port,
    requestsPerSecond: options.requestsPerSecond,
    timeoutMs: 3000,
    durationMs: (options.minutes + 10) * MINUTE_MS,
  });
  endings.push(async () => load.stop());
  options.say(`${contender.title}: ready`);
  return { contender, side, load };
}

const REPORT_EVERY_MS = 15_000;

async function watch(
  entries: readonly Entry[],
  faultAt: number,
  { fault, minutes, say, signal }: RoundOptions,
): Promise<void> {
  const endAt = faultAt + minutes * MINUTE_MS;
  say(`${fault.name}: the fault is in`);
  while (Date.now() < endAt) {
    await sleep(Math.max(0, Math.min(REPORT_EVERY_MS, endAt - Date.now())), undefined, { signal });
    const reports = await Promise.all(entries.map(async ({ load }) => load.report()));
    const failed = entries.map(
      ({ contender }, index) => `${contender.name} ${reports[index]?.failed ?? 0}`,
    );
    say(
      `${fault.name}: ${Math.round((Date.now() - faultAt) / 1000)} s, failed requests: ${failed.join(', ')}`,
    );
  }
}

async function conclude({ contender, side, load }: Entry, faultAt: number): Promise<Measurement> {
  const report = await load.stop();
  return measure(contender.name, {
    load: report,
    ticks: await side.ticks(),
    victim: victimOf(side),
    faultAt,
  });
}
