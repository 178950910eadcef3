import { availableParallelism } from 'node:os';
import { benchArguments, positive } from '../arguments';
import { type Bench } from '../bench';
import { choose, untilInterrupted } from '../heal/heal';
import { CONTENDERS } from './contenders';
import { printed, type ScalingTimeResult } from './report';
import { BOOT_TIMES, LOAD, runContenders } from './run-contenders';

export const scalingTimeBench: Bench = {
  summary:
    'time from overload to capacity in service: cold, warm pool, and an ESS-style rule, real times [--minutes N] [--phase SECOND] [--sides cold,warm,ess]',
  run: async (args) => {
    const { values } = benchArguments(args, {
      json: { type: 'boolean', default: false },
      minutes: { type: 'string', default: '12' },
      phase: { type: 'string', default: '30' },
      sides: { type: 'string' },
    });
    const run = {
      contenders: choose('sides', values.sides, CONTENDERS),
      minutes: positive('minutes', values.minutes),
      phaseSeconds: positive('phase', values.phase) % 60,
      say: (text: string): void => void process.stderr.write(`${text}\n`),
    };
    const results = await untilInterrupted(async (signal) => runContenders({ ...run, signal }));
    const result: ScalingTimeResult = {
      profile: 'real',
      machine: { cores: availableParallelism(), node: process.version },
      load: LOAD,
      bootTimes: BOOT_TIMES,
      phaseSeconds: run.phaseSeconds,
      results,
    };
    process.stdout.write(`${values.json ? JSON.stringify(result, null, 2) : printed(result)}\n`);
  },
};
