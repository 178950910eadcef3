import { type LoadReport } from '../../local/traffic/load-report';
import { type Side } from '../../rehearsal/start-side';
import { type Act, type ActContext, figuresOf, type SideReport } from '../act';
import { actionsSince } from '../actions';
import { loadOn, MIXED_POOL, pause, startPair, TOUR_POLICY, within } from '../stage';

const PER_SECOND = 100;
const COUNT_MS = 6000;

/** Two backends at 30 and 90: a person's weights, which Evenkeel leaves alone. */
export const weights: Act = {
  name: 'weights',
  title: 'Weights 30 and 90',
  story:
    'A person has given web-5 weight 30, web-6 weight 90 and the others 0. Requests follow, one to three; Evenkeel keeps its hands off.',
  isDefault: true,
  async run(context) {
    const sides = await startPair(
      { pool: { instanceTypes: MIXED_POOL, weights: [0, 0, 0, 0, 30, 90] }, policy: TOUR_POLICY },
      context,
    );
    const reports = await Promise.all(sides.map((side) => count(side, context)));
    const shares = sides.map((side, index) => shareOf(side, reports[index]));
    return {
      hasFault: false,
      sides: await Promise.all(sides.map((side, index) => plainSide(side, reports[index]))),
      findings: shares.map(({ name, one, three }) => ({
        sentence: `${name}: ${one} requests to web-5 and ${three} to web-6, 1 : ${(three / Math.max(1, one)).toFixed(2)}.`,
        isSo: Math.abs(three / Math.max(1, one) - 3) < 0.15,
      })),
    };
  },
};

async function count(side: Side, context: ActContext): Promise<LoadReport> {
  const load = await loadOn(side, { requestsPerSecond: PER_SECOND }, context);
  context.say('counting real requests per backend');
  await pause(COUNT_MS, context.signal);
  return load.stop();
}

function shareOf(
  side: Side,
  report: LoadReport | undefined,
): { readonly name: string; readonly one: number; readonly three: number } {
  const requestsOf = (index: number): number =>
    report?.backends[side.pool.instanceIds[index] ?? '']?.requests ?? 0;
  return { name: side.name, one: requestsOf(4), three: requestsOf(5) };
}

/** A side of an act without a fault: nothing to detect or heal, and actions without a clock. */
async function plainSide(side: Side, report: LoadReport | undefined): Promise<SideReport> {
  if (report === undefined) throw new Error('an act has a load on each side');
  return {
    side: side.name,
    ...figuresOf(report),
    secondsToDetect: null,
    secondsToHeal: null,
    actions: actionsSince(side, await side.ticks(), 0).map((line) =>
      line.slice(line.indexOf('s  ') + 3),
    ),
  };
}

const BUSY_PER_SECOND = 225;
const BUSY_MS = 10_000;

/** The same load on the same mixed pool: equal weights on one side, weights by vCPU on the other. */
export const capacity: Act = {
  name: 'capacity',
  title: 'Weights by capacity against equal weights',
  story:
    'Two, four and eight vCPU behind equal weights: the small ones are nearly overloaded while the large ones idle. With `weights: managed`, Evenkeel gives each what it can carry.',
  isDefault: true,
  async run(context) {
    const policy = {
      ...TOUR_POLICY,
      heal: { ...TOUR_POLICY.heal, weights: { kind: 'managed', perVcpu: 12.5 } },
    };
    const [equal, managed] = await startPair(
      { pool: { instanceTypes: MIXED_POOL }, policy },
      context,
    );
    context.say('waiting for the weights to follow the vCPU counts');
    const isManaged = await within(30_000, () => hasManagedWeights(managed), context.signal);
    const loads = await Promise.all(
      [equal, managed].map((side) => loadOn(side, { requestsPerSecond: BUSY_PER_SECOND }, context)),
    );
    context.say(`the same ${BUSY_PER_SECOND} requests a second on both`);
    await pause(BUSY_MS, context.signal);
    const [equalReport, managedReport] = await Promise.all(loads.map((load) => load.stop()));
    if (equalReport === undefined || managedReport === undefined)
      throw new Error('an act has a load on each side');
    const ratio = equalReport.latency.p99Ms / Math.max(1, managedReport.latency.p99Ms);
    return {
      hasFault: false,
      sides: [await plainSide(equal, equalReport), await plainSide(managed, managedReport)],
      findings: [
        { sentence: 'Enforcing, weights are 25, 50 and 100.', isSo: isManaged },
        {
          sentence: `p99 ${Math.round(equalReport.latency.p99Ms)} ms with equal weights, ${Math.round(managedReport.latency.p99Ms)} ms by capacity: ${ratio.toFixed(1)} times.`,
          isSo: ratio > 1,
        },
      ],
    };
  },
};

const hasManagedWeights = (side: Side): boolean =>
  side.region.slb
    .backends({ kind: 'group', groupId: side.pool.serverGroupId })
    .map((backend) => backend.weight)
    .join() === '25,25,50,50,100,100';
