import { type Attachment, type BackendSnapshot } from '../domain/pool';
import { type Reading } from '../domain/reading';
import { type Instant } from '../domain/units';
import { ageText, shareText } from './text';

/** Everything that was seen of one backend, one line per signal, each with its age or the reason why it is missing. */
export function describeSignals(backend: BackendSnapshot, now: Instant): readonly string[] {
  return [
    ...backend.attachments.map((attachment) => describeAttachment(attachment, now)),
    `instance ${told(backend.instance, now, (facts) => `${facts.status}, ${facts.instanceType}, ${facts.zoneId}`)}`,
    ...(isWorthTelling(backend.events)
      ? [
          `system events ${told(backend.events, now, (events) => events.map((event) => `${event.kind} ${event.status}`).join(', '))}`,
        ]
      : []),
    `probes ${told(backend.probe, now, describeWindow)}`,
    `CPU ${told(backend.cpu, now, shareText)}`,
    ...(backend.requests.kind === 'missing' && backend.requests.reason === 'not-configured'
      ? []
      : [
          `requests ${told(backend.requests, now, (seen) => `${seen.failures} of ${seen.requests} failed`)}`,
        ]),
    ...(backend.command.kind === 'missing'
      ? []
      : [
          `restart command ${told(backend.command, now, (command) => `${command.state} ${command.detail}`)}`,
        ]),
  ];
}

const isWorthTelling = (events: BackendSnapshot['events']): boolean =>
  events.kind === 'missing' || events.value.length > 0;

const describeWindow = (seen: {
  readonly probes: number;
  readonly failures: number;
  readonly latencyMedianUs: number | null;
}): string =>
  `${seen.failures} of ${seen.probes} failed, median ${seen.latencyMedianUs === null ? 'none' : `${(seen.latencyMedianUs / 1000).toFixed(1)} ms`}`;

function describeAttachment(attachment: Attachment, now: Instant): string {
  const health = told(attachment.health, now, (rows) =>
    rows.length === 0
      ? 'no checked listener'
      : rows.map((row) => `${row.verdict} on port ${row.listenerPort}`).join(', '),
  );
  return `${attachment.targetKey}: weight ${attachment.weight}, health ${health}`;
}

function told<T>(read: Reading<T>, now: Instant, words: (value: T) => string): string {
  if (read.kind === 'missing') return `missing (${read.reason})`;
  return `${words(read.value)} (${ageText(read.sampledAt, now)} old${read.kind === 'stale' ? ', stale' : ''})`;
}
