import { ASSUMPTIONS, estimateWatch } from '../../shared/config/cost';
import { type FleetPolicy, type PriceSettings } from '../../shared/config/fleet-policy';
import { poolsHere } from '../../shared/wake/pools-here';
import { namesAtHome } from '../../shared/wake/wake-names';

/** One line of the bill, with how it was reckoned. */
export interface CostLine {
  readonly what: string;
  readonly quantity: string;
  readonly price: number;
  readonly formula: string;
}

/** A month of the whole deployment. Everything is an estimate at the policy's prices. */
export interface MonthlyCosts {
  readonly currency: string;
  readonly lines: readonly CostLine[];
  readonly total: number;
  readonly metricCalls: number;
  readonly freeMetricCalls: number;
  readonly assumptions: readonly string[];
}

/** What a look at a name or at a timer takes, where nothing is wrong: a few calls. */
const LOOK_SECONDS = 1.5;
const TIMER_SECONDS = 1;
/** Vantages are other regions' `probe` functions; a look of theirs. */
const PROBE_SECONDS = 1;

const SECONDS_A_MONTH = ASSUMPTIONS.days * 86_400;
const cents = (amount: number): number => Math.round(amount * 100) / 100;
const grouped = (count: number): string => Math.round(count).toLocaleString('en-US');

interface Use {
  readonly invocations: number;
  readonly seconds: number;
}

/**
 * Price of function time: seconds × (vCPU × its price + GB × its price) + invocations × their price.
 *
 * Example: 43,200 invocations of one second with 0.35 vCPU and 0.5 GB at 0.00009 and 0.000009 a second and 0.9 a million:
 * 43,200 × (0.35 × 0.00009 + 0.5 × 0.000009) + 0.0432 × 0.9 = 1.56 + 0.04 = 1.60.
 */
export function functionPrice(
  { invocations, seconds }: Use,
  { workerVcpu, workerMemoryMb }: Pick<FleetPolicy['deployment'], 'workerVcpu' | 'workerMemoryMb'>,
  prices: PriceSettings,
): number {
  const second =
    workerVcpu * prices.perVcpuSecond + (workerMemoryMb / 1024) * prices.perGigabyteSecond;
  return seconds * second + (invocations / 1_000_000) * prices.perMillionInvocations;
}

/**
 * What goes beyond the calls that cost nothing, of the whole account.
 *
 * Example: 1,150,000 calls a month at 0.012 a thousand: (1,150,000 − 1,000,000) / 1000 × 0.012 = 1.80.
 */
export const metricPrice = (calls: number, { perThousandMetricCalls }: PriceSettings): number =>
  (Math.max(0, calls - ASSUMPTIONS.freeMetricCalls) / 1000) * perThousandMetricCalls;

function functionLine(what: string, use: Use, { deployment, prices }: FleetPolicy): CostLine {
  const { workerVcpu, workerMemoryMb } = deployment;
  return {
    what,
    quantity: `${grouped(use.invocations)} invocations, ${grouped(use.seconds)} s`,
    price: cents(functionPrice(use, deployment, prices)),
    formula: `${grouped(use.seconds)} s × (${workerVcpu} vCPU × ${prices.perVcpuSecond} + ${workerMemoryMb / 1024} GB × ${prices.perGigabyteSecond}) + ${grouped(use.invocations)} / 1,000,000 × ${prices.perMillionInvocations}`,
  };
}

/** Workers of all pools, as each is watched; pools share invocations, which is not counted here. */
function poolUse(fleet: FleetPolicy) {
  const { deployment, prices } = fleet;
  const months = poolsHere(fleet).map((pool) =>
    estimateWatch(pool.watch, {
      ...{ pool, deployment, prices },
      members: fleet.facts[pool.name]?.members ?? null,
    }),
  );
  const sum = (of: (month: (typeof months)[number]) => number): number =>
    months.reduce((total, month) => total + of(month), 0);
  return {
    invocations: Math.ceil(sum(({ invocations }) => invocations) / deployment.poolsPerWorker),
    seconds: sum(({ workerSeconds }) => workerSeconds),
    metricCalls: sum(({ metricCalls }) => metricCalls),
  };
}

/** What the deployment costs a month, before anything of it is made. */
export function monthlyCosts(fleet: FleetPolicy): MonthlyCosts {
  const { deployment, prices } = fleet;
  const turns = Math.floor((SECONDS_A_MONTH * 1000) / deployment.timerEveryMs);
  const names = namesAtHome(fleet).length;
  const vantages = fleet.names.reduce((total, name) => total + name.vantages.length, 0);
  const pools = poolUse(fleet);
  const metricCalls = pools.metricCalls + deployment.otherMetricCallsPerMonth;
  const lines: readonly CostLine[] = [
    functionLine('on-timer', { invocations: turns, seconds: turns * TIMER_SECONDS }, fleet),
    functionLine(`reconcile-pool (${poolsHere(fleet).length} pools)`, pools, fleet),
    ...(names === 0
      ? []
      : [
          functionLine(
            `reconcile-failover (${names} names)`,
            { invocations: turns * names, seconds: turns * names * LOOK_SECONDS },
            fleet,
          ),
          functionLine(
            `probe (${vantages} vantages)`,
            { invocations: turns * vantages, seconds: turns * vantages * PROBE_SECONDS },
            fleet,
          ),
        ]),
    {
      what: 'CloudMonitor reads',
      quantity: `${grouped(metricCalls)} calls, ${grouped(ASSUMPTIONS.freeMetricCalls)} free`,
      price: cents(metricPrice(metricCalls, prices)),
      formula: `max(0, ${grouped(metricCalls)} − ${grouped(ASSUMPTIONS.freeMetricCalls)}) / 1000 × ${prices.perThousandMetricCalls}`,
    },
  ];
  return {
    ...{ currency: prices.currency, lines, metricCalls },
    total: cents(lines.reduce((total, { price }) => total + price, 0)),
    freeMetricCalls: ASSUMPTIONS.freeMetricCalls,
    assumptions: [
      `Prices are those of \`prices\` in the policy; its defaults are UNCONFIRMED: compare them with your price list.`,
      `${ASSUMPTIONS.days} days; something is unsteady ${ASSUMPTIONS.unsteadyShare / 10} % of the time; alarms, events and orders add a few invocations.`,
      'Not counted: the free quota of functions, file system, logs, and the heartbeat as a custom metric (one point a minute and region; whether it is billed is UNCONFIRMED). Rules and contact groups cost nothing; DNS is paid by the edition of the domain.',
    ],
  };
}
