import { CloudError } from '../../shared/domain/cloud-error';
import { type Instant } from '../../shared/domain/units';
import { type AlarmRule, type AlarmSetup } from '../../shared/ports/alarm-setup';
import { type TickDigest } from '../../shared/ports/tick-archive';
import { type InstallContext } from '../install/install-session';
import { type PlannedItem } from '../install/plan-setup';
import { marked, prefixOf } from '../install/setup-item';
import { failedCall } from './failed-call';
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

/** A rule that is always an alarm, and whom it rings for. */
interface TestRule {
  readonly setup: AlarmSetup;
  readonly rule: AlarmRule;
  readonly poolName: string;
}

/** As one of ours that rings, in everything but when it does; null where none is installed. */
function testRule(items: readonly PlannedItem[], { install }: AlarmContext): TestRule | null {
  for (const { change, item, regionId } of items) {
    if (change !== 'keep' || item.kind !== 'alarm-rule' || item.value.target === null) continue;
    const poolName = poolBehind(item.value, install);
    if (poolName === undefined) continue;
    const { name: deployment } = install.fleet.deployment;
    const value = alwaysRinging(item.value, `${prefixOf(deployment)}test`);
    const test = marked({ kind: 'alarm-rule', value }, deployment).value as AlarmRule;
    return { setup: install.setupIn(regionId), rule: test, poolName };
  }
  return null;
}

const poolBehind = ({ resource }: AlarmRule, { fleet }: InstallContext): string | undefined =>
  fleet.pools.find(({ targets }) =>
    targets.some(({ loadBalancerId }) => loadBalancerId === resource['instanceId']),
  )?.name;

const alwaysRinging = (model: AlarmRule, name: string): AlarmRule => ({
  ...{ ...model, name, metric: 'UnhealthyServerCount' },
  conditions: [
    {
      ...{ level: 'critical', statistics: 'Maximum', threshold: 0, times: 1 },
      operator: 'GreaterThanOrEqualToThreshold',
    },
  ],
});

/** Puts the test rule, waits for a tick that an alarm woke, and takes the rule away again, whatever happened. Never throws `CloudError`. */
export async function fireTestAlarm(
  items: readonly PlannedItem[],
  context: AlarmContext,
): Promise<readonly Finding[]> {
  if (context.waitMs === 0) return [];
  const test = testRule(items, context);
  if (test === null)
    return [
      unwell('alarms', 'test alarm', {
        status: 'skipped',
        sentence: 'No test alarm was fired: no rule of ours is there that wakes the loop.',
        remedy: 'Run `evenkeel install`, then look again.',
      }),
    ];
  context.tell(`a test alarm, and its tick of ${test.poolName}`);
  const findings: Finding[] = [];
  try {
    findings.push(await ring(test, context));
  } finally {
    findings.push(...(await takeAway(test, context)));
  }
  return findings;
}

async function ring({ setup, rule, poolName }: TestRule, context: AlarmContext): Promise<Finding> {
  const from = context.now();
  try {
    await setup.putAlarmRule(rule, context.install.callOptions());
    return await awaitTick(poolName, from, context);
  } catch (error) {
    return failedCall('test alarm', 'No test alarm could be fired and followed', error);
  }
}

/** Nothing was put, so nothing is left. The page of `DeleteMetricRules` says 404; others of the product name what is not found. */
const NOT_THERE = /^404$|NotFound/;

/** A rule that is left goes on ringing, so it is named. */
async function takeAway(
  { setup, rule: { name } }: TestRule,
  { install }: AlarmContext,
): Promise<readonly Finding[]> {
  try {
    await setup.deleteAlarmRule(name, install.callOptions());
    return [];
  } catch (error) {
    if (error instanceof CloudError && NOT_THERE.test(error.details.code)) return [];
    const what = `The test rule ${name} may be left, and would go on ringing`;
    const remedy = `Delete ${name} in CloudMonitor, or run \`evenkeel install\`.`;
    return [failedCall(name, what, error, remedy)];
  }
}

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
