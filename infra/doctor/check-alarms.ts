import { planInstall } from '../install/install-session';
import { isChange, type PlannedItem } from '../install/plan-setup';
import { failedCall } from './failed-call';
import { type Finding, unwell, well } from './finding';
import { type AlarmContext, fireTestAlarm } from './test-alarm';

/** Whether everything that `install` sets up is there, and whether an alarm really becomes a tick. */
export async function checkAlarms(context: AlarmContext): Promise<readonly Finding[]> {
  context.tell('alarm rules');
  try {
    const { items } = await planInstall(context.install);
    return [...ruleFindings(items), ...(await fireTestAlarm(items, context))];
  } catch (error) {
    return [failedCall('rules', 'CloudMonitor’s rules cannot be read', error)];
  }
}

function ruleFindings(items: readonly PlannedItem[]): readonly Finding[] {
  const found = items.map(itemFinding).filter((finding) => finding !== null);
  const sentence = `${items.length} rules and groups are as the policy wants them.`;
  return found.length > 0 ? found : [well('alarms', 'rules', sentence)];
}

function itemFinding(planned: PlannedItem): Finding | null {
  if (!isChange(planned)) return null;
  const { change, item, differences } = planned;
  const why = {
    create: 'is not there',
    update: 'is not as the policy wants it now',
    restore: 'was changed by somebody',
    remove: 'is ours and not wanted any more',
  };
  const facts = differences.map(({ fact }) => fact).join(', ');
  return unwell('alarms', item.value.name, {
    status: change === 'create' ? 'problem' : 'warning',
    sentence: `${item.value.name} ${why[change as keyof typeof why]}${facts === '' ? '' : ` (${facts})`}.`,
    remedy: 'Run `evenkeel install`.',
  });
}
