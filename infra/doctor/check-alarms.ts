import { CloudError } from '../../shared/domain/cloud-error';
import { type Instant } from '../../shared/domain/units';
import { type AlarmRule } from '../../shared/ports/alarm-setup';
import { type TickDigest } from '../../shared/ports/tick-archive';
import { type InstallContext, planInstall } from '../install/install-session';
import { isChange, type PlannedItem } from '../install/plan-setup';
import { marked, prefixOf } from '../install/setup-item';
import { type Finding, unwell, well } from './finding';

export interface AlarmContext {
  readonly install: InstallContext;
  /** Newest ticks of a pool since then. */
  readonly history: (poolName: string, from: Instant) => Promise<readonly TickDigest[]>;
  readonly now: () => Instant;
  readonly sleep: (ms: number) => Promise<void>;
  /** Longest wait for the test alarm's tick; 0: none is fired. */
  readonly waitMs: number;
  readonly tell: (text: string) => void;
}

const LOOK_EVERY_MS = 1_000;

/** Whether everything that `install` sets up is there, and whether an alarm really becomes a tick. */
export async function checkAlarms(context: AlarmContext): Promise<readonly Finding[]> {
  context.tell('alarm rules');
  try {
    const { items } = await planInstall(context.install);
    const found = items.map(itemFinding).filter((finding) => finding !== null);
    if (found.length > 0) return [...found, ...(await fire(items, context))];
    const sentence = `${items.length} rules and groups are as the policy wants them.`;
    return [well('alarms', 'rules', sentence), ...(await fire(items, context))];
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    const { action, code } = error.details;
    return [
      unwell('alarms', 'rules', {
        sentence: `CloudMonitor’s rules cannot be read or written: ${action} ended with ${code}.`,
        remedy: `Give the person who runs this cms:${action}.`,
      }),
    ];
  }
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

/** A rule that is always an alarm, as one of ours in everything else. */
function testRule(items: readonly PlannedItem[], { install }: AlarmContext): PlannedItem | null {
  const model = items.find(
    ({ change, item }) =>
      change === 'keep' && item.kind === 'alarm-rule' && item.value.target !== null,
  );
  if (model?.item.kind !== 'alarm-rule') return null;
  const { name: deployment } = install.fleet.deployment;
  const value: AlarmRule = {
    ...model.item.value,
    name: `${prefixOf(deployment)}test`,
    metric: 'UnhealthyServerCount',
    conditions: [
      {
        ...{ level: 'critical', statistics: 'Maximum', threshold: 0, times: 1 },
        operator: 'GreaterThanOrEqualToThreshold',
      },
    ],
  };
  return { ...model, item: marked({ kind: 'alarm-rule', value }, deployment) };
}

/** Puts the test rule, waits for a tick that an alarm woke, and takes the rule away again, whatever happened. */
async function fire(
  items: readonly PlannedItem[],
  context: AlarmContext,
): Promise<readonly Finding[]> {
  const { install, waitMs, now, tell } = context;
  if (waitMs === 0) return [];
  const rule = testRule(items, context);
  const pool =
    rule?.item.kind === 'alarm-rule'
      ? install.fleet.pools.find(({ targets }) =>
          targets.some(({ loadBalancerId }) => loadBalancerId === resourceOf(rule)),
        )
      : undefined;
  if (rule?.item.kind !== 'alarm-rule' || pool === undefined)
    return [
      unwell('alarms', 'test alarm', {
        status: 'skipped',
        sentence: 'No test alarm was fired: no rule of ours is there that wakes the loop.',
        remedy: 'Run `evenkeel install`, then look again.',
      }),
    ];
  const setup = install.setupIn(rule.regionId);
  const from = now();
  tell(`a test alarm, and its tick of ${pool.name}`);
  try {
    await setup.putAlarmRule(rule.item.value, install.callOptions());
    return [await awaitTick(pool.name, from, context)];
  } finally {
    await setup.deleteAlarmRule(rule.item.value.name, install.callOptions());
  }
}

const resourceOf = ({ item }: PlannedItem): string | undefined =>
  item.kind === 'alarm-rule' ? item.value.resource['instanceId'] : undefined;

/** A worker that is awake looks because it was marked: both are the alarm's doing. */
const WOKEN: readonly string[] = ['alarm', 'event', 'dirty'];

async function awaitTick(poolName: string, from: Instant, context: AlarmContext): Promise<Finding> {
  const { history, now, sleep, waitMs } = context;
  const seconds = () => Math.round((now() - from) / 1000);
  while (now() - from < waitMs) {
    const ticks = await history(poolName, from);
    const tick = ticks.find(({ wake, at }) => WOKEN.includes(wake) && at >= from);
    if (tick !== undefined)
      return well(
        'alarms',
        'test alarm',
        `A test alarm became tick ${tick.tickId} after ${seconds()} s.`,
      );
    await sleep(LOOK_EVERY_MS);
  }
  return unwell('alarms', 'test alarm', {
    sentence: `A test alarm was fired, and no tick of ${poolName} was woken by it within ${seconds()} s.`,
    remedy:
      'Compare the secret in on-alarm with `evenkeel install --plan`, see whether its address is reached from outside, and read its log; metrics may be late, too: try --alarm-wait 10m.',
  });
}
