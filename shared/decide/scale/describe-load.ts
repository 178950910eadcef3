import { type ScaleSignal } from '../../domain/scale-policy';
import { floorDiv, type Instant, roundDiv, since } from '../../domain/units';
import { type MetricLoad } from './metric-load';

const NAMES: Readonly<Record<ScaleSignal, string>> = {
  cpu: 'CPU',
  'instance-connections': 'connections of each instance',
  requests: 'requests of each backend',
  connections: 'connections of each backend',
  latency: 'response time',
  'load-balancer-utilisation': 'use of the load balancer',
};

const UNITS: Readonly<Record<ScaleSignal, string>> = {
  cpu: ' %',
  'instance-connections': '',
  requests: ' a second',
  connections: '',
  latency: ' ms',
  'load-balancer-utilisation': ' %',
};

export const nameOf = (signal: ScaleSignal): string => NAMES[signal];

/** A value in thousandths, in the words of its unit. Example: CPU 725 → `72.5 %`, requests 120,000 → `120 a second`. */
export function amount(signal: ScaleSignal, value: number): string {
  const isShare = signal === 'cpu' || signal === 'load-balancer-utilisation';
  const tenths = isShare ? value : roundDiv(value, 100);
  const rest = tenths % 10 === 0 ? '' : `.${tenths % 10}`;
  return `${floorDiv(tenths, 10)}${rest}${UNITS[signal]}`;
}

/** Example: `CPU was 72.5 % on 10 instances 60 s ago`. */
export function describeLoad(load: MetricLoad, now: Instant): string {
  const { signal, seen, breadth, reported, expected, servingThen, sampledAt } = load;
  const value = amount(signal, roundDiv(seen, Math.max(1, breadth)));
  const silent = reported < expected ? `, ${reported} of ${expected} reporting` : '';
  const ago = roundDiv(Math.max(0, since(sampledAt, now)), 1000);
  return `${nameOf(signal)} was ${value} on ${servingThen} instances ${ago} s ago${silent}`;
}
