import { SignedRpc } from '../../../shared/adapters/alicloud/signed-rpc';
import { CloudMonitor } from '../../../shared/adapters/alicloud/cloud-monitor';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { plus } from '../../../shared/domain/units';
import { LAUNCH_TEMPLATE } from '../../rehearsal/scale-section';
import { type Side } from '../../rehearsal/start-side';
import { applyRule, ESS_DEFAULTS, ESS_START, type EssPoint, type EssState } from './ess-rule';

/** What the rule did, for the stages. */
export interface EssRun {
  readonly wantedAt: () => number | null;
  readonly calledAt: () => number | null;
  readonly stop: () => void;
}

const LOOK_MS = 5000;
const WEIGHT = 100;
const CALL_MS = 10_000;

/** Runs the rule on a side through its OpenAPI until it is stopped: launches what it wants and adds what runs to the group. */
export function runEss(side: Side, target: number): EssRun {
  const group = new EssGroup(side, target);
  const timer = setInterval(() => void group.look(), LOOK_MS);
  return {
    wantedAt: () => group.wantedAt,
    calledAt: () => group.calledAt,
    stop: () => clearInterval(timer),
  };
}

class EssGroup {
  wantedAt: number | null = null;
  calledAt: number | null = null;
  private state: EssState = ESS_START;
  private isBusy = false;
  private readonly joined = new Set<string>();
  private readonly waiting = new Set<string>();
  private readonly clock = new SystemClock();
  private readonly rpc: SignedRpc;
  private readonly metrics: CloudMonitor;

  private readonly side: Side;
  private readonly target: number;

  constructor(side: Side, target: number) {
    this.side = side;
    this.target = target;
    const { region } = side;
    this.rpc = new SignedRpc({
      regionId: region.regionId,
      endpoint: region.endpoints.openapi,
      protocol: 'HTTP',
      credentials: async () =>
        Promise.resolve({
          accessKeyId: region.accessKeyId,
          accessKeySecret: region.accessKeySecret,
        }),
      clock: this.clock,
    });
    this.metrics = new CloudMonitor({
      rpc: this.rpc,
      regionId: region.regionId,
      clock: this.clock,
    });
    for (const id of side.pool.instanceIds) this.joined.add(id);
  }

  async look(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await this.join();
      const point = await this.newest();
      if (point === null) return;
      const count = this.joined.size + this.waiting.size;
      const rule = { ...ESS_DEFAULTS, target: this.target };
      const { state, wanted } = applyRule(rule, this.state, { point, count, now: Date.now() });
      this.state = state;
      if (wanted > count) await this.launch(wanted - count);
    } catch {
      // an unanswered call is repeated at the next look
    } finally {
      this.isBusy = false;
    }
  }

  /** Mean CPU of the minute that all members reported. */
  private async newest(): Promise<EssPoint | null> {
    const points = await this.metrics.readLatest(
      {
        namespace: 'acs_ecs_dashboard',
        metricName: 'CPUUtilization',
        dimensions: [...this.joined].map((instanceId) => ({ instanceId })),
      },
      { deadline: plus(this.clock.now(), CALL_MS) },
    );
    if (points.length === 0) return null;
    const sum = points.reduce((total, { value }) => total + Math.round(value * 10), 0);
    return {
      at: Math.max(...points.map(({ at }) => at)),
      utilisation: Math.round(sum / points.length),
    };
  }

  private async launch(amount: number): Promise<void> {
    this.wantedAt ??= Date.now();
    this.calledAt ??= Date.now();
    const reply = (await this.call('Ecs', 'RunInstances', {
      LaunchTemplateId: LAUNCH_TEMPLATE.id ?? '',
      ZoneId: `${this.side.region.regionId}-a`,
      VSwitchId: 'vsw-vpc-local-a',
      InstanceType: 'ecs.c7.large',
      Amount: String(amount),
    })) as { InstanceIdSets?: { InstanceIdSet?: readonly string[] } };
    for (const id of reply.InstanceIdSets?.InstanceIdSet ?? []) this.waiting.add(id);
  }

  /** As ESS does: what is Running joins the group with its weight; the load balancer’s health check holds it back until it answers. */
  private async join(): Promise<void> {
    const { region, pool } = this.side;
    for (const id of this.waiting) {
      const instance = region.ecs.find(id);
      if (instance?.status !== 'Running') continue;
      const server = { ServerId: id, Port: instance.servicePort, Weight: WEIGHT, Type: 'ecs' };
      await this.call('Slb', 'AddVServerGroupBackendServers', {
        VServerGroupId: pool.serverGroupId,
        BackendServers: JSON.stringify([server]),
      });
      this.waiting.delete(id);
      this.joined.add(id);
    }
  }

  private async call(
    product: 'Ecs' | 'Slb',
    action: string,
    parameters: Readonly<Record<string, string>>,
  ): Promise<unknown> {
    const version = product === 'Ecs' ? '2014-05-26' : '2014-05-15';
    const query = { RegionId: this.side.region.regionId, ...parameters };
    const deadline = plus(this.clock.now(), CALL_MS);
    return this.rpc.call({ product, version, action, query }, { deadline });
  }
}
