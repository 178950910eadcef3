import { ASSUMPTIONS, estimateWatches, type WatchEstimate } from '../../../shared/config/cost';
import {
  LOAD_BALANCER_LIMITS,
  writeDuration,
  type WriteDuration,
} from '../../../shared/config/limits';
import { lintPolicy, type LintFinding } from '../../../shared/config/lint';
import { formatDuration, formatShare } from '../../../shared/config/notation';
import {
  decideDetectionReport,
  type DetectionReport,
} from '../../../shared/decide/detection-report';
import { type PoolPolicy } from '../../../shared/domain/policy';
import { type PoolPlan } from '../../../shared/operate/operator-reply';
import { planExplanationOf } from '../../../shared/record/explain';
import { type OpenFleet } from '../open-fleet';
import { table } from '../table';
import { type Colours } from '../terminal';
import { explanationLines } from './explanation-lines';

/** What `plan` tells of one pool beyond the plan itself. */
export interface PlanReport {
  readonly planned: PoolPlan;
  /** Weight writes of the plan, and of every weight in the pool. */
  readonly writes: { readonly plan: WriteDuration; readonly wholePool: WriteDuration };
  readonly detection: DetectionReport | null;
  readonly costs: readonly WatchEstimate[];
  readonly assumptions: typeof ASSUMPTIONS;
  readonly findings: readonly LintFinding[];
}

/** Adds write durations, detection power, monthly cost and lint with live facts to a plan. */
export function planReport(planned: PoolPlan, pool: PoolPolicy, { policy }: OpenFleet): PlanReport {
  const members = planned.pool.backends.length;
  const changes = planned.plan.steps.filter((step) => step.kind === 'set-weight');
  const touched = new Set(changes.map((step) => step.targetKey)).size;
  const live = [{ poolName: pool.name, members, targets: planned.pool.targets }];
  return {
    planned,
    writes: {
      plan: writeDuration(Math.ceil(changes.length / Math.max(1, touched)), touched),
      wholePool: writeDuration(members, pool.targets.length),
    },
    detection: decideDetectionReport(pool, members),
    costs: estimateWatches({ pool, members, deployment: policy.deployment, prices: policy.prices }),
    assumptions: ASSUMPTIONS,
    findings: lintPolicy(policy, live).filter((finding) => finding.poolName === pool.name),
  };
}

/** True when a step would be done. */
export const hasChanges = ({ planned }: PlanReport): boolean => planned.plan.steps.length > 0;

/** A plan for people: what would be done and why, then what it takes. */
export function planLines(
  report: PlanReport,
  pool: PoolPolicy,
  colours: Colours,
): readonly string[] {
  const { planned } = report;
  const notDone =
    planned.mode === 'enforce' ? 'would be done' : 'would be done if the mode were enforce';
  const { steps, withheld } = planned.plan;
  return [
    colours.bold(`Pool ${pool.name} (mode ${planned.mode}, watch ${pool.watch})`),
    ...explanationLines(planExplanationOf(planned, notDone), colours),
    `Plan: ${steps.length} to do, ${withheld.length} withheld. Nothing was changed.`,
    ...writeLines(report),
    ...detectionLines(report.detection),
    ...costLines(report.costs, pool),
    ...findingLines(report.findings).map(colours.dim),
    '',
  ];
}

/** What lint finds doubtful, a line each. */
export const findingLines = (findings: readonly LintFinding[]): readonly string[] =>
  findings
    .filter(({ severity }) => severity !== 'info')
    .map(({ severity, sentence, remedy, code }) => `${severity}: ${sentence} ${remedy} [${code}]`);

const seconds = (spanMs: number): string => formatDuration(Math.ceil(spanMs / 1000) * 1000);

const calls = ({ calls: count, durationMs }: WriteDuration): string =>
  count === 0 ? 'none' : `${count} ${count === 1 ? 'call' : 'calls'}, about ${seconds(durationMs)}`;

const writeLines = ({ writes }: PlanReport): readonly string[] => [
  `Writes: ${calls(writes.plan)} now; for every weight of the pool ${calls(writes.wholePool)} (${LOAD_BALANCER_LIMITS.serversPerCall} servers a call, ${LOAD_BALANCER_LIMITS.writesPerWindow} calls a minute).`,
];

function detectionLines(detection: DetectionReport | null): readonly string[] {
  if (detection === null)
    return ['Gray failures: not looked for (no probes, the rule is off, or too few backends).'];
  const { byErrors, byLatency } = detection.falseEjectionsPerWeek;
  const alone = detection.errorsAlone.map(({ errorShare, medianMs, p95Ms }) =>
    medianMs === null
      ? `${errorShare * 100}% not found`
      : `${errorShare * 100}% in ${seconds(medianMs)}${p95Ms === null ? '' : ` (19 of 20 in ${seconds(p95Ms)})`}`,
  );
  return [
    `Gray failures: 20% errors and five times the latency found in ${seconds(detection.referenceFaultMs)} once looked at, first look within ${seconds(detection.firstLookMs)}; errors alone: ${alone.join(', ')}; below ${Number((detection.errorsAloneFrom * 100).toFixed(2))}% failures they are not looked for (outlier.errorFloor above the normal share).`,
    `  ${detection.probesPerSecondPerBackend.toFixed(1)} probes/s to each backend; expected false ejections a week ${(byErrors + byLatency).toPrecision(2)} for the whole pool (computed, at ${detection.assumed.normalErrorShare * 100}% normal errors).`,
  ];
}

/** What the estimates take for granted. */
const assumed = (): string =>
  [
    `Assumed: ${ASSUMPTIONS.days} days`,
    `something unsteady ${formatShare(ASSUMPTIONS.unsteadyShare)} of the time`,
    `${formatDuration(ASSUMPTIONS.tickOverheadMs)} a tick besides its probe window`,
    `${ASSUMPTIONS.poolMetrics} pool-wide metrics a minute and one more call for every 50 backends`,
    `${ASSUMPTIONS.freeMetricCalls} CloudMonitor calls free for the account, beside those in deployment.otherMetricCalls.`,
  ].join('; ');

function costLines(costs: readonly WatchEstimate[], pool: PoolPolicy): readonly string[] {
  const rows = costs.map((cost) => [
    cost.watch + (cost.watch === pool.watch ? ' (set)' : ''),
    String(cost.vcpuSeconds),
    String(cost.gigabyteSeconds),
    String(cost.invocations),
    String(cost.metricCalls),
    String(cost.loadBalancerCalls),
    cost.price.toFixed(2),
  ]);
  const currency = costs[0]?.currency ?? '';
  const scaling = costs.find(({ watch }) => watch === pool.watch)?.scalingMetricCalls ?? 0;
  return [
    'A month, estimated (prices UNCONFIRMED, see prices in the policy):',
    ...table(
      ['watch', 'vCPU-s', 'GB-s', 'invocations', 'CloudMonitor calls', 'CLB calls', currency],
      rows,
    ).map((text) => `  ${text}`),
    ...(scaling === 0 ? [] : [`  Of the CloudMonitor calls ${scaling} are for scaling alone.`]),
    `  ${assumed()}`,
  ];
}
