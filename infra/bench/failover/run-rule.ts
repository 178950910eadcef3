import { HttpSiteProber } from '../../../shared/adapters/http/site-prober';
import { SignedRpc } from '../../../shared/adapters/alicloud/signed-rpc';
import { SystemClock } from '../../../shared/adapters/system/system-clock';
import { millis, plus } from '../../../shared/domain/units';
import { type SiteLook } from '../../../shared/ports/vantages';
import { type Site, type TwoSites } from '../../rehearsal/two-sites';
import { applyRule, type DnsRule, recordsToSwitch, type RuleState } from './dns-rule';

/** A rule at work. */
export interface RuleRun {
  /** The first moment from then on at which it called site a dead. */
  readonly verdictAt: (from: number) => number | null;
  /** Resolves when nothing of it is under way. */
  readonly stop: () => Promise<void>;
}

const VANTAGES = ['north', 'south', 'west'];
const CALL_MS = 10_000;
const CHECK = {
  protocol: 'http',
  path: '/',
  host: null,
  statusMin: 200,
  statusMax: 499,
  attempts: 1,
  timeoutMs: millis(3000),
} as const;
/** A change of a domain rests a moment after another. */
const REST_MS = 700;
const WRITES = 5;

/** Runs the rule on both sites of a world until it is stopped; looks begin at whole multiples of its period. */
export function runRule(world: TwoSites, rule: DnsRule): RuleRun {
  const runner = new RuleRunner(world, rule);
  let underWay = Promise.resolve();
  let timer = setTimeout(turn, untilNext());
  let isStopped = false;
  function untilNext(): number {
    return rule.everyMs - (Date.now() % rule.everyMs);
  }
  function turn(): void {
    underWay = runner.look().catch(() => undefined); // an unanswered call is repeated at the next look
    if (!isStopped) timer = setTimeout(turn, untilNext());
  }
  return {
    verdictAt: (from) => runner.deadAt.find((at) => at >= from) ?? null,
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await underWay;
    },
  };
}

class RuleRunner {
  /** When site a was called dead. */
  readonly deadAt: number[] = [];
  private readonly world: TwoSites;
  private readonly rule: DnsRule;
  private readonly states = new Map<Site['name'], RuleState>();
  private readonly dead = new Set<string>();
  private readonly clock = new SystemClock();
  private isBusy = false;

  constructor(world: TwoSites, rule: DnsRule) {
    this.world = world;
    this.rule = rule;
  }

  /** A slow look takes the place of the next. */
  async look(): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    try {
      await Promise.all([this.judge(this.world.a), this.judge(this.world.b)]);
      await this.write();
    } finally {
      this.isBusy = false;
    }
  }

  private async judge({ name, pool }: Site): Promise<void> {
    const { host, port } = this.world;
    const look: SiteLook = { name, address: pool.host, host, check: { ...CHECK, port } };
    const votes = await Promise.all(
      VANTAGES.map(async (voter) => {
        const prober = new HttpSiteProber({ clock: this.clock, voter });
        const deadline = plus(this.clock.now(), CALL_MS);
        const [vote] = await prober.look([look], { deadline });
        return vote?.answer !== 'down';
      }),
    );
    const { state, isDead } = applyRule(this.rule, this.states.get(name) ?? [], votes);
    this.states.set(name, state);
    if (isDead && name === 'a') this.deadAt.push(Date.now());
    if (isDead) this.dead.add(name);
    else this.dead.delete(name);
  }

  private async write(): Promise<void> {
    const sites = { [this.world.a.pool.host]: 'a', [this.world.b.pool.host]: 'b' };
    const records = this.world
      .records()
      .map((record) => ({ ...record, site: sites[record.value] ?? '' }));
    for (const { recordId, isEnabled } of recordsToSwitch(records, (site) => this.dead.has(site)))
      await this.setStatus(recordId, isEnabled ? 'Disable' : 'Enable');
  }

  private async setStatus(recordId: string, status: 'Enable' | 'Disable'): Promise<void> {
    for (let left = WRITES; ; left -= 1)
      try {
        await this.rpc().call(
          {
            ...{ product: 'Alidns', version: '2015-01-09', action: 'SetDomainRecordStatus' },
            query: { RecordId: recordId, Status: status },
          },
          { deadline: plus(this.clock.now(), CALL_MS) },
        );
        return;
      } catch (error) {
        if (left <= 1) throw error;
        await this.clock.sleep(millis(REST_MS));
      }
  }

  /** The service is the same for every region; home is not the one that dies. */
  private rpc(): SignedRpc {
    const { regionId, region } = this.world.home;
    const { accessKeyId, accessKeySecret } = region;
    return new SignedRpc({
      ...{ regionId, endpoint: region.endpoints.openapi, protocol: 'HTTP', clock: this.clock },
      credentials: async () => Promise.resolve({ accessKeyId, accessKeySecret }),
    });
  }
}
