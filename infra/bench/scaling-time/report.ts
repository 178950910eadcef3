import { type BootTimes } from '../../local/ecs/boot-times';
import { table } from '../table';
import { CONTENDERS } from './contenders';
import { type ContenderResult } from './run-contenders';

export interface ScalingTimeResult {
  readonly profile: 'real';
  readonly machine: { readonly cores: number; readonly node: string };
  readonly load: { readonly before: number; readonly after: number };
  readonly bootTimes: BootTimes;
  readonly phaseSeconds: number;
  readonly results: readonly ContenderResult[];
}

/** One row per contender, and how it was measured. */
export function printed({ results, load, machine, phaseSeconds }: ScalingTimeResult): string {
  return [
    table(
      [
        'capacity by',
        'detect',
        'decide',
        'launch',
        'boot',
        'ramp',
        'full share after',
        'traffic after',
        'requests',
        'failed',
      ],
      results.map(({ contender, stages, requests, failed }) => [
        CONTENDERS.find(({ name }) => name === contender)?.title ?? contender,
        ...[stages.detect, stages.decide, stages.launch, stages.boot, stages.ramp].map(text),
        text(stages.total),
        text(stages.serves),
        String(requests),
        String(failed),
      ]),
    ),
    '',
    `Profile: real (minute metrics that come a minute late, one-minute timer, health checks as in the cloud). Load on each of ${results.length} identical pools of`,
    `three 2-vCPU instances rises from ${load.before} to ${load.after} requests/s at second ${phaseSeconds} of a minute; target 60 % CPU, two more instances are needed, and the later of them counts.`,
    'Boot, an assumption: 30 s until a prepared instance answers, 30 s more at the first boot. Evenkeel: default policy, watch and slow start included. ESS-style: three',
    'samples of 60 s above the target, cooldown 300 s; what runs joins at full weight, without slow start.',
    `Machine: ${machine.cores} cores, Node.js ${machine.node}; everything, load included, on this machine.`,
  ].join('\n');
}

const text = (seconds: number | null): string => (seconds === null ? '–' : `${seconds} s`);
