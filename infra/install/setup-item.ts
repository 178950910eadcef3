import { createHash } from 'node:crypto';
import {
  type AlarmRule,
  type AlarmTarget,
  type ContactGroup,
  type EventRule,
} from '../../shared/ports/alarm-setup';

/** One thing that is set up. */
export type SetupItem =
  | { readonly kind: 'alarm-rule'; readonly value: AlarmRule }
  | { readonly kind: 'event-rule'; readonly value: EventRule }
  | { readonly kind: 'contact-group'; readonly value: ContactGroup };

/** What makes two items the same, as texts that people can compare. */
export type Facts = Readonly<Record<string, string>>;

/** Labels of alarm rules: whose it is, and what was written. */
const OWNER_LABEL = 'evenkeel-deployment';
const WRITTEN_LABEL = 'evenkeel-written';

/**
 * What names of a deployment begin with. Its own name has no underscore, so no prefix begins another.
 *
 * Example: prefixOf('main') = 'evenkeel_main_'.
 */
export const prefixOf = (deployment: string): string => `evenkeel_${deployment}_`;

const targetText = (target: AlarmTarget | null): string => {
  if (target === null) return 'nobody';
  if (target.kind === 'webhook') return target.url;
  const { regionId, service, functionName } = target;
  return `function ${service === null ? '' : `${service}/`}${functionName} in ${regionId}`;
};

const OPERATORS: Readonly<Record<string, string>> = {
  GreaterThanOrEqualToThreshold: '>=',
  GreaterThanThreshold: '>',
  LessThanOrEqualToThreshold: '<=',
  LessThanThreshold: '<',
};

const conditionText = ({ conditions }: AlarmRule): string =>
  conditions
    .map(
      ({ level, statistics, operator, threshold, times }) =>
        `${level}: ${statistics} ${OPERATORS[operator] ?? operator} ${threshold}, ${times} in a row`,
    )
    .join('; ');

const sorted = (texts: readonly string[]): string => [...texts].sort().join(', ');

/** Everything about an item that a person could change. */
export function factsOf({ kind, value }: SetupItem): Facts {
  switch (kind) {
    case 'alarm-rule':
      return {
        metric: `${value.namespace} ${value.metric}`,
        of: sorted(Object.entries(value.resource).map(([key, one]) => `${key} ${one}`)),
        alarm: conditionText(value),
        period: `${value.periodSeconds}s`,
        'told again after': `${value.repeatSeconds}s`,
        'without data': value.noData,
        tells: value.contactGroup,
        calls: targetText(value.target),
        enabled: value.isEnabled ? 'yes' : 'no',
      };
    case 'event-rule':
      return {
        events: `${value.product} ${sorted(value.eventNames)}`,
        calls: targetText(value.target),
        enabled: value.isEnabled ? 'yes' : 'no',
      };
    case 'contact-group':
      return { contacts: sorted(value.contacts) };
  }
}

/** Short text that differs when what is written differs. */
export const fingerprintOf = (item: SetupItem): string =>
  createHash('sha256')
    .update(JSON.stringify(factsOf(item)))
    .digest('hex')
    .slice(0, 12);

const markText = (deployment: string, fingerprint: string): string =>
  `evenkeel ${deployment} ${fingerprint}`;

/** The item with our mark on it: whose it is and a fingerprint, by which a person's change is told from ours. */
export function marked(item: SetupItem, deployment: string): SetupItem {
  const fingerprint = fingerprintOf(item);
  switch (item.kind) {
    case 'alarm-rule': {
      const labels = { [OWNER_LABEL]: deployment, [WRITTEN_LABEL]: fingerprint };
      return { kind: item.kind, value: { ...item.value, labels } };
    }
    case 'event-rule': {
      const description = markText(deployment, fingerprint);
      return { kind: item.kind, value: { ...item.value, description } };
    }
    case 'contact-group': {
      const description = markText(deployment, fingerprint);
      return { kind: item.kind, value: { ...item.value, description } };
    }
  }
}

/** Fingerprint of what this deployment wrote last; null where the item carries no mark of it. */
export function writtenBy(item: SetupItem, deployment: string): string | null {
  if (item.kind === 'alarm-rule') {
    const { [OWNER_LABEL]: owner, [WRITTEN_LABEL]: written } = item.value.labels;
    return owner === deployment && written !== undefined ? written : null;
  }
  const [, owner, written] = /^evenkeel (\S+) ([0-9a-f]{12})$/.exec(item.value.description) ?? [];
  return owner === deployment && written !== undefined ? written : null;
}
