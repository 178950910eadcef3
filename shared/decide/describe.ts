import { type BackendSnapshot } from '../domain/pool';
import { type ProbeWindow } from '../domain/probe-window';
import { type Reading } from '../domain/reading';
import { floorDiv, type Instant, roundDiv, since } from '../domain/units';

/** Example: `2 s ago`. */
export const age = (at: Instant, now: Instant): string =>
  `${roundDiv(Math.max(0, since(at, now)), 1000)} s ago`;

/** Example: `40 s`. */
export const seconds = (span: number): string => `${roundDiv(Math.max(0, span), 1000)} s`;

/** Example: `7 of 10 probes failed, median 12 ms`. */
export function describeWindow(window: ProbeWindow): string {
  const latency =
    window.latencyMedianUs === null
      ? 'nothing answered'
      : `median ${floorDiv(window.latencyMedianUs, 1000)} ms`;
  return `${window.failures} of ${window.probes} probes failed, ${latency}`;
}

/** One line with every signal that was looked at, its value and its age: the numbers behind a verdict. */
export function describeSignals(backend: BackendSnapshot, now: Instant): string {
  return [
    describeHealth(backend, now),
    describeReading('instance', backend.instance, now, (facts) => facts.status),
    describeReading('probes', backend.probe, now, describeWindow),
    describeReading('CPU', backend.cpu, now, (share) => `${floorDiv(share, 10)} %`),
    describeReading(
      'requests',
      backend.requests,
      now,
      (stats) => `${stats.failures} of ${stats.requests} failed`,
    ),
  ].join('; ');
}

function describeHealth(backend: BackendSnapshot, now: Instant): string {
  const words = backend.attachments.map((attachment) =>
    describeReading('', attachment.health, now, (rows) =>
      rows.map((row) => `${row.verdict} on listener ${row.listenerPort}`).join(', '),
    ),
  );
  return `CLB says ${[...new Set(words)].join(' and ') || 'nothing'}`.replace('  ', ' ');
}

function describeReading<T>(
  name: string,
  read: Reading<T>,
  now: Instant,
  say: (value: T) => string,
): string {
  const label = name === '' ? '' : `${name} `;
  if (read.kind === 'missing') return `${label}missing (${read.reason})`;
  return `${label}${say(read.value)}${read.kind === 'stale' ? ' (stale)' : ''}, ${age(read.sampledAt, now)}`;
}
