import { type LoadOptions } from '../../local/traffic/load-options';
import { type ListenerSettings } from '../../local/slb/listener';
import { callOperator } from '../../rehearsal/call-operator';
import { type Side } from '../../rehearsal/start-side';
import { type Act, type ActContext, figuresOf, type Finding, type SideReport } from '../act';
import { actionsSince } from '../actions';
import { loadOn, MIXED_POOL, pause, startOne, TOUR_POLICY, within } from '../stage';

interface Stickiness {
  readonly name: string;
  readonly network: number;
  readonly protocol: 'http' | 'tcp';
  readonly listener: Partial<ListenerSettings>;
  readonly load: Partial<LoadOptions>;
}

const STICKY: readonly Stickiness[] = [
  {
    name: 'TCP, source address',
    network: 70,
    protocol: 'tcp',
    listener: { persistenceTimeoutS: 30 },
    load: {
      sourceAddresses: [
        '127.0.0.1',
        '127.0.0.2',
        '127.0.0.3',
        '127.0.0.4',
        '127.0.0.5',
        '127.0.0.6',
      ],
    },
  },
  {
    name: 'HTTP, cookie',
    network: 74,
    protocol: 'http',
    listener: { stickySession: true, stickySessionType: 'insert', cookieTimeoutS: 60 },
    load: { clients: 24 },
  },
];

const AFTER_MS = 5000;

/** A person drains a backend while sticky clients use it. */
export const drain: Act = {
  name: 'drain',
  title: 'Draining under sticky sessions',
  story:
    'A person orders web-6 drained, once under persistence by source address and once under cookies. Nobody’s request may fail for it.',
  isDefault: false,
  async run(context) {
    const results = await Promise.all(STICKY.map((stickiness) => drainUnder(stickiness, context)));
    return {
      hasFault: false,
      sides: results.map(({ report }) => report),
      findings: results.flatMap(({ findings }) => findings),
    };
  },
};

async function drainUnder(
  stickiness: Stickiness,
  context: ActContext,
): Promise<{ readonly report: SideReport; readonly findings: readonly Finding[] }> {
  const { name, network, protocol, listener } = stickiness;
  const pool = { instanceTypes: MIXED_POOL, protocol, listener };
  context.say('starting two regions with sticky listeners');
  const side = await startOne(
    name,
    network,
    { pool, policy: { ...TOUR_POLICY, mode: 'enforce' } },
    context,
  );
  const victim = side.pool.instanceIds[5] ?? '';
  const load = await loadOn(side, { requestsPerSecond: 60, ...stickiness.load }, context);
  await pause(3000, context.signal);
  const orderedAt = Date.now();
  context.say('a person orders the drain');
  await callOperator(side, {
    verb: 'drain',
    instanceId: victim,
    by: 'tour',
    reason: 'rehearsal',
  });
  const isDrained = await within(30_000, () => weightOf(side, victim) === 0, context.signal);
  await pause(AFTER_MS, context.signal);
  const report = await load.stop();
  return {
    report: {
      side: name,
      ...figuresOf(report),
      secondsToDetect: null,
      secondsToHeal: null,
      actions: actionsSince(side, await side.ticks(), orderedAt),
    },
    findings: [
      { sentence: `${name}: the weight of web-6 is 0.`, isSo: isDrained },
      {
        sentence: `${name}: ${report.requests} requests, ${report.failed} failed.`,
        isSo: report.failed === 0,
      },
    ],
  };
}

const weightOf = (side: Side, instanceId: string): number | undefined =>
  side.region.slb
    .backends({ kind: 'group', groupId: side.pool.serverGroupId })
    .find((backend) => backend.serverId === instanceId)?.weight;
