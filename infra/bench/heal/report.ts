import { table } from '../table';
import { type Contender } from './contenders';
import { type BenchFault } from './faults';
import { type Measurement, medianTime } from './measurement';
import { ALARMS_PER_MONTH, type MonthlyPrice } from './monthly-price';
import { type Round } from './round';

export interface HealResult {
  readonly profile: 'real';
  readonly machine: { readonly cores: number; readonly node: string };
  readonly requestsPerSecond: number;
  readonly minutes: number;
  readonly rounds: readonly Round[];
}

/** One table per fault, and how it was measured. */
export function printed(
  result: HealResult,
  contenders: readonly Contender[],
  faults: readonly BenchFault[],
): string {
  const { machine, requestsPerSecond, minutes } = result;
  return [
    ...faults.flatMap((fault) => {
      const rounds = result.rounds.filter((round) => round.fault === fault.name);
      return rounds.length === 0 ? [] : [fault.title, faultTable(rounds, contenders), ''];
    }),
    `Profile: real (health checks, minute metrics that come a minute late, one-minute timer as in the cloud). ${requestsPerSecond} requests/s on each of ${contenders.length} identical`,
    `pools at once, the same fault in the same backend at the same moment; requests and failures in the ${minutes} minutes from the fault on. “Under 1 %” is the`,
    'first second from which on fewer than 1 % fail in three seconds, in ten, and in all the rest. Policy: the defaults, mode enforce, probe path /. Several',
    `rounds: medians of the times, sums of the requests. Month: estimate for the worker of this pool by the policy’s prices; “alarm” assumes ${ALARMS_PER_MONTH} alarms.`,
    `Machine: ${machine.cores} cores, Node.js ${machine.node}; everything, load included, on this machine.`,
  ].join('\n');
}

function faultTable(rounds: readonly Round[], contenders: readonly Contender[]): string {
  return table(
    [
      'looked after by',
      'requests',
      'failed',
      'under 1 % after',
      'first action after',
      'a month, estimate',
    ],
    contenders.map(({ name, title, watch }) => {
      const own = rounds.flatMap(({ measurements }) =>
        measurements.filter(({ contender }) => contender === name),
      );
      const month = rounds[0]?.prices[name];
      return [
        title,
        sum(own.map(({ requests }) => requests)),
        sum(own.map(({ failed }) => failed)),
        wellText(own),
        timeText(medianTime(own.map(({ secondsUntilAction }) => secondsUntilAction))),
        watch === null || month === undefined ? '–' : priceText(month),
      ];
    }),
  );
}

const sum = (values: readonly number[]): string =>
  values.reduce((total, value) => total + value, 0).toString();

const priceText = ({ price, currency }: MonthlyPrice): string =>
  price < 0.01 ? `< 0.01 ${currency}` : `${price.toFixed(2)} ${currency}`;

const timeText = (seconds: number | null): string => (seconds === null ? '–' : `${seconds} s`);

function wellText(own: readonly Measurement[]): string {
  const median = medianTime(own.map((one) => one.secondsUntilWell));
  if (median !== null) return timeText(median);
  return `never in ${Math.min(...own.map(({ roundSeconds }) => roundSeconds))} s`;
}
