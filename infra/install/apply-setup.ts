import { type AlarmSetup } from '../../shared/ports/alarm-setup';
import { type CallOptions } from '../../shared/ports/load-balancer';
import { type PlannedItem, isChange } from './plan-setup';
import { prefixOf, type SetupItem } from './setup-item';

/** All that is named as ours are in a region; groups of people are of the whole account and read where `isHome`. */
export async function readSetup(
  setup: AlarmSetup,
  { deployment, isHome }: { readonly deployment: string; readonly isHome: boolean },
  options: CallOptions,
): Promise<readonly SetupItem[]> {
  const prefix = prefixOf(deployment);
  const groups = isHome ? await setup.contactGroups(prefix, options) : [];
  const rules = await setup.alarmRules(prefix, options);
  const events = await setup.eventRules(prefix, options);
  return [
    ...groups.map((value): SetupItem => ({ kind: 'contact-group', value })),
    ...rules.map((value): SetupItem => ({ kind: 'alarm-rule', value })),
    ...events.map((value): SetupItem => ({ kind: 'event-rule', value })),
  ];
}

/** Does what was planned, one call after the other; who is interrupted begins again and finds what is left. Throws `CloudError`. */
export async function applySetup(
  setup: AlarmSetup,
  planned: readonly PlannedItem[],
  options: CallOptions,
): Promise<void> {
  for (const { change, item } of planned.filter(isChange))
    await (change === 'remove' ? remove(setup, item, options) : put(setup, item, options));
}

async function put(setup: AlarmSetup, item: SetupItem, options: CallOptions): Promise<void> {
  switch (item.kind) {
    case 'alarm-rule':
      return setup.putAlarmRule(item.value, options);
    case 'event-rule':
      return setup.putEventRule(item.value, options);
    case 'contact-group':
      return setup.putContactGroup(item.value, options);
  }
}

async function remove(
  setup: AlarmSetup,
  { kind, value: { name } }: SetupItem,
  options: CallOptions,
): Promise<void> {
  switch (kind) {
    case 'alarm-rule':
      return setup.deleteAlarmRule(name, options);
    case 'event-rule':
      return setup.deleteEventRule(name, options);
    case 'contact-group':
      return setup.deleteContactGroup(name, options);
  }
}
