import { availableParallelism } from 'node:os';
import { benchArguments, positive, UsageError } from '../arguments';
import { type Bench } from '../bench';
import { choose, untilInterrupted } from '../heal/heal';
import { CONTENDERS } from './contenders';
import { type FailoverResult, printed } from './report';
import { loss, partition, type RoundOptions, runRound } from './run-round';
import { type BenchTimes, REAL, REHEARSAL } from './times';
import { RESOLVERS, SITE } from './world';

const ROUNDS = [{ name: 'loss' }, { name: 'partition' }] as const;

const HELP = `Usage: npm run bench -- failover [options]

A region is lost, and in another round only out of sight, under the same load for every contender at once.

  --profile real|rehearsal  Times of the cloud and defaults of policies (default), or a sixth of all of them
  --ttl SECONDS             TTL of the records; default ${REAL.ttlSeconds}, in a rehearsal ${REHEARSAL.ttlSeconds}
  --minutes N               From the loss to the end of its round; default ${REAL.lossMinutes}, in a rehearsal ${REHEARSAL.lossMinutes}
  --sides A,B               Of ${CONTENDERS.map(({ name }) => name).join(', ')}; default all
  --rounds A,B              Of loss, partition; default both
  --json                    The result as JSON
  --help                    This text

Both rounds take about a quarter of an hour under real times and about five minutes in a rehearsal. Ctrl-C stops everything.`;

function timesOf(profile: string): BenchTimes {
  if (profile === 'real') return REAL;
  if (profile === 'rehearsal') return REHEARSAL;
  throw new UsageError(`--profile must be real or rehearsal, not ${JSON.stringify(profile)}`);
}

interface Plan extends Omit<RoundOptions, 'signal'> {
  readonly rounds: readonly (typeof ROUNDS)[number]['name'][];
  readonly lossMinutes: number;
}

/** The load balancers, and so the records, need addresses of their own. */
function requireAddresses(): void {
  if (process.platform !== 'linux')
    throw new Error('This benchmark needs loopback addresses 127.x.y.z, as Linux has them.');
}

async function runAll(plan: Plan, signal: AbortSignal): Promise<FailoverResult> {
  const { times, rounds, lossMinutes, ttlSeconds } = plan;
  const options = { ...plan, signal };
  const lost = rounds.includes('loss') ? await runRound(loss(lossMinutes), options) : null;
  const apart = rounds.includes('partition') ? await runRound(partition(times), options) : null;
  return {
    profile: times.name,
    divisor: times.divisor,
    machine: { cores: availableParallelism(), node: process.version },
    ...{ ttlSeconds, resolvers: RESOLVERS, site: SITE, lossMinutes },
    bootSeconds: times.cloud.instanceBootMs / 1000,
    partitionSeconds: Math.round(times.partitionMs / 100) / 10,
    ...{ loss: lost, partition: apart },
  };
}

export const failoverBench: Bench = {
  summary:
    'a lost region, and one out of sight: no failover, pause at once, GTM-style, Evenkeel [--profile rehearsal] [--ttl N] [--minutes N] [--sides …] [--help]',
  run: async (args) => {
    const { values } = benchArguments(args, {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      profile: { type: 'string', default: 'real' },
      ttl: { type: 'string' },
      minutes: { type: 'string' },
      sides: { type: 'string' },
      rounds: { type: 'string' },
    });
    if (values.help) return void process.stdout.write(`${HELP}\n`);
    const times = timesOf(values.profile);
    const plan: Plan = {
      times,
      ttlSeconds: Math.ceil(positive('ttl', values.ttl ?? String(times.ttlSeconds))),
      lossMinutes: positive('minutes', values.minutes ?? String(times.lossMinutes)),
      contenders: choose('sides', values.sides, CONTENDERS),
      rounds: choose('rounds', values.rounds, ROUNDS).map(({ name }) => name),
      say: (text) => void process.stderr.write(`${text}\n`),
    };
    requireAddresses();
    const result = await untilInterrupted(async (signal) => runAll(plan, signal));
    process.stdout.write(`${values.json ? JSON.stringify(result, null, 2) : printed(result)}\n`);
  },
};
