import { type InstanceView } from '../../local/contracts';
import { type Side } from '../../rehearsal/start-side';
import { type Act } from '../act';
import { loweringsDone } from '../actions';
import { faultAct } from '../fault-act';
import { MIXED_POOL, TOUR_POLICY } from '../stage';

const WITH_RESTART = {
  ...TOUR_POLICY,
  heal: {
    ...TOUR_POLICY.heal,
    ladder: {
      rungs: ['drain', 'restart'],
      settle: '5s',
      restart: { command: 'systemctl restart app', timeout: '10s', wait: '10s' },
    },
  },
};

const isBackAtWork = (weight: number | undefined): boolean => weight !== undefined && weight > 0;

/** The load balancer’s health check never sees it. */
export const gray: Act = faultAct({
  name: 'gray',
  title: 'A gray backend',
  story:
    'web-3 fails one request in five and takes five times as long; its health check still says normal. The load balancer never acts on that.',
  isDefault: true,
  victims: [2],
  requestsPerSecond: 60,
  secondsMax: 40,
  secondsWell: 14,
  inject: (side, id) =>
    side.region.ecs.injectFaults(id, { errorShare: 200, latencyFactor: 5000 }, 'reboot'),
  findings: ({ observe, enforce }) => [
    {
      sentence: 'Observing, nothing heals it: the load balancer keeps calling it normal.',
      isSo: observe.report.secondsToHeal === null,
    },
    {
      sentence: 'Enforcing, its weight goes down and requests stop failing.',
      isSo: enforce.report.secondsToHeal !== null,
    },
    {
      sentence: 'Fewer requests failed under Evenkeel.',
      isSo: enforce.load.failed < observe.load.failed,
    },
  ],
});

export const crash: Act = faultAct({
  name: 'crash',
  title: 'A crash',
  story:
    'The service on web-4 dies. The load balancer notices by itself after its failure window; Evenkeel also brings the service back.',
  isDefault: true,
  victims: [3],
  requestsPerSecond: 60,
  secondsMax: 60,
  secondsWell: 6,
  isShown: (enforce) => instanceOf(enforce, 3)?.isServiceUp === true,
  wish: { policy: WITH_RESTART, pool: { instanceTypes: MIXED_POOL } },
  inject: (side, id) => side.region.ecs.injectFaults(id, { isCrashed: true }),
  findings: ({ observe, enforce }) => [
    {
      sentence: 'Observing, the service stays dead: capacity is lost.',
      isSo: instanceOf(observe.side, 3)?.isServiceUp === false,
    },
    {
      sentence: 'Enforcing, the service was restarted through Cloud Assistant and answers again.',
      isSo: instanceOf(enforce.side, 3)?.isServiceUp === true,
    },
  ],
});

export const everythingSick: Act = faultAct({
  name: 'everything-sick',
  title: 'Everything is sick',
  story:
    'All six backends answer with errors, to clients and to health checks. Taking backends out would only make it worse.',
  isDefault: true,
  victims: [0, 1, 2, 3, 4, 5],
  requestsPerSecond: 60,
  secondsMax: 18,
  secondsWell: 18,
  inject: (side, id) =>
    side.region.ecs.injectFaults(id, { errorShare: 1000, sparesHealthChecks: false }, 'reboot'),
  findings: ({ enforce }) => [
    {
      sentence: 'Panic was declared and people were called.',
      isSo: enforce.ticks.some(
        (tick) =>
          tick.proposal.isPanic && tick.proposal.alerts.some((alert) => alert.reason === 'panic'),
      ),
    },
    { sentence: 'Nothing was ejected.', isSo: loweringsDone(enforce.ticks) === 0 },
  ],
});

export const hang: Act = faultAct({
  name: 'hang',
  title: 'A hang, fixed by a restart',
  story:
    'web-2 accepts connections and never answers. The TCP health check passes, so the load balancer keeps sending.',
  isDefault: false,
  victims: [1],
  requestsPerSecond: 40,
  secondsMax: 90,
  secondsWell: 6,
  isShown: (enforce) =>
    instanceOf(enforce, 1)?.faults.isHung !== true && isBackAtWork(weightOf(enforce, 1)),
  wish: { policy: WITH_RESTART, pool: { instanceTypes: MIXED_POOL, protocol: 'tcp' } },
  load: { keepAlive: false, timeoutMs: 1000 }, // each request on its own connection, as the load balancer spreads connections
  inject: (side, id) => side.region.ecs.injectFaults(id, { isHung: true }),
  findings: ({ observe, enforce }) => [
    {
      sentence: 'Observing, a sixth of the requests go on failing.',
      isSo: observe.report.secondsToHeal === null,
    },
    {
      sentence: 'Enforcing, the service was restarted.',
      isSo: enforce.ticks.some((tick) =>
        tick.plan.steps.some((step) => step.kind === 'restart-service'),
      ),
    },
    {
      sentence: 'After the restart it serves again.',
      isSo: isBackAtWork(weightOf(enforce.side, 1)),
    },
  ],
});

export const spot: Act = faultAct({
  name: 'spot',
  title: 'A spot reclaim, drained ahead',
  story:
    'The cloud announces that it will take the spot instance web-5 away. Evenkeel drains it before it goes.',
  isDefault: false,
  victims: [4],
  requestsPerSecond: 60,
  secondsMax: 26,
  secondsWell: 26,
  wish: { policy: TOUR_POLICY, pool: { instanceTypes: MIXED_POOL, spot: [4] } },
  inject: (side, id) => side.region.ecs.reclaimSpot(id, 12_000),
  findings: ({ observe, enforce }) => [
    { sentence: 'Observing, requests fail when the instance goes.', isSo: observe.load.failed > 0 },
    { sentence: 'Enforcing, not one request failed.', isSo: enforce.load.failed === 0 },
  ],
});

const instanceOf = ({ region, pool }: Side, index: number): InstanceView | undefined =>
  region.ecs.find(pool.instanceIds[index] ?? '');

const weightOf = (side: Side, index: number): number | undefined =>
  side.region.slb
    .backends({ kind: 'group', groupId: side.pool.serverGroupId })
    .find((backend) => backend.serverId === side.pool.instanceIds[index])?.weight;
