import { availableParallelism } from 'node:os';
import { benchArguments, positive, UsageError } from '../arguments';
import { type Bench } from '../bench';
import { CONTENDERS } from './contenders';
import { BENCH_FAULTS } from './faults';
import { type HealResult, printed } from './report';
import { type Round, runRound } from './round';

/** The chosen ones in the order of `all`; an unknown name is a `UsageError`. */
export function choose<T extends { readonly name: string }>(
  option: string,
  names: string | undefined,
  all: readonly T[],
): readonly T[] {
  if (names === undefined) return all;
  const wanted = names.split(',');
  const unknown = wanted.find((name) => all.every((one) => one.name !== name));
  if (unknown !== undefined)
    throw new UsageError(
      `--${option}: there is no ${JSON.stringify(unknown)}; there are ${all.map(({ name }) => name).join(', ')}`,
    );
  return all.filter(({ name }) => wanted.includes(name));
}

/** Rounds spread their faults over the minute. Example: the second of three → 30. */
export const faultPhase = (round: number, rounds: number): number =>
  Math.round(((round + 0.5) * 60) / rounds) % 60;

interface Plan extends Pick<HealResult, 'minutes' | 'requestsPerSecond'> {
  readonly contenders: typeof CONTENDERS;
  readonly faults: typeof BENCH_FAULTS;
  readonly rounds: number;
}

async function runAll(plan: Plan, signal: AbortSignal): Promise<readonly Round[]> {
  const { contenders, minutes, requestsPerSecond, rounds } = plan;
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const results: Round[] = [];
  for (const fault of plan.faults)
    for (let round = 0; round < rounds; round += 1) {
      const faultPhaseSeconds = faultPhase(round, rounds);
      say(
        `${fault.name}, round ${round + 1} of ${rounds}: fault at second ${faultPhaseSeconds} of a minute`,
      );
      results.push(
        await runRound({
          contenders,
          fault,
          minutes,
          requestsPerSecond,
          faultPhaseSeconds,
          say,
          signal,
        }),
      );
    }
  return results;
}

/** Runs to its end or to the first Ctrl-C, which stops everything that was started. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stopping = new AbortController();
  const stop = (): void => stopping.abort();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop);
  try {
    return await work(stopping.signal);
  } catch (error) {
    throw stopping.signal.aborted
      ? new Error('Interrupted; everything that was started has been stopped.')
      : error;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, stop);
  }
}

export const healBench: Bench = {
  summary:
    'healing beside the load balancer’s own health checks, real times [--faults gray,crash,hang] [--minutes N] [--rounds N] [--sides always,…] [--rate N]',
  run: async (args) => {
    const { values } = benchArguments(args, {
      json: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '5' },
      rounds: { type: 'string', default: '1' },
      rate: { type: 'string', default: '40' },
      faults: { type: 'string' },
      sides: { type: 'string' },
    });
    const plan: Plan = {
      minutes: positive('minutes', values.minutes),
      rounds: Math.ceil(positive('rounds', values.rounds)),
      requestsPerSecond: positive('rate', values.rate),
      contenders: choose('sides', values.sides, CONTENDERS),
      faults: choose('faults', values.faults, BENCH_FAULTS),
    };
    const rounds = await untilInterrupted(async (signal) => runAll(plan, signal));
    const { minutes, requestsPerSecond } = plan;
    const machine = { cores: availableParallelism(), node: process.version };
    const result: HealResult = { profile: 'real', machine, requestsPerSecond, minutes, rounds };
    process.stdout.write(
      `${values.json ? JSON.stringify(result, null, 2) : printed(result, plan.contenders, plan.faults)}\n`,
    );
  },
};
