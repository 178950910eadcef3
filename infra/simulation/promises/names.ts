import { readRemark } from '../../../shared/domain/failover/paused-remark';
import { type NamePolicy, type SitePolicy } from '../../../shared/domain/failover/name-policy';
import { nameOrdersKey } from '../../../shared/domain/store-keys';
import {
  type CloudCall,
  type Moment,
  type NameTicked,
  type RecordTruth,
  type WorldView,
} from '../history';
import { isOurWrite, recordChanges, type RecordChange } from './call-effects';
import { GivenBack } from './given-back';
import { Judge } from './judge';
import { worldAt } from './one-look';

/** Somebody else's change so shortly before ours may not have been seen. */
const UNSEEN_MS = 60_000;
/** From the last look at a site until what follows from it lands. */
const LOOK_MS = 120_000;
/** Lines of one move are written one after the other. */
const ONE_MOVE_MS = 600_000;

interface Look {
  readonly at: number;
  readonly isDead: boolean;
}

interface Move {
  readonly siteName: string;
  readonly at: number;
  /** Whose store remembers it. */
  readonly homeRegionId: string;
}

/**
 * Promise 9: nothing that anybody believes of a site's health leaves a name and line without an enabled record, moves it while the site
 * can be reached, moves it more often than its velocity allows, or takes a second region out. A line found empty is repaired in the same tick.
 */
export class NamesJudge extends Judge {
  private readonly looks = new Map<string, readonly Look[]>();
  private readonly moves = new Map<string, readonly Move[]>();
  /** Sites that traffic was taken from, and that neither got any of us since nor were back: what follows belongs to the same move. */
  private readonly away = new Set<string>();
  private readonly orders = new Map<string, string>();
  private readonly givenBack = new GivenBack();
  private foreignAt = -Infinity;

  constructor() {
    super(9, 'a name keeps an answer on every line and moves only away from what is down');
  }

  see(moment: Moment): void {
    if (moment.kind === 'store') {
      if (moment.operation === 'lost') this.forget(moment.regionId);
      if (moment.result === 'stored' && moment.key.startsWith(nameOrdersKey('')))
        this.orders.set(moment.key, JSON.stringify(moment.value));
    }
    if ('world' in moment) this.look(worldAt(moment), moment.at);
    if (moment.kind === 'call' && moment.product === 'Alidns') this.judge(moment);
    if (moment.kind === 'name-tick') this.judgeRepair(moment);
  }

  /** The home of a name has lost its store: nobody knows of moves before. */
  private forget(regionId: string): void {
    for (const [name, moves] of this.moves)
      this.moves.set(
        name,
        moves.filter(({ homeRegionId }) => homeRegionId !== regionId),
      );
  }

  private look(world: WorldView, at: number): void {
    for (const name of world.names) {
      const { policy, deadSites, records } = world.name(name);
      for (const { name: site, address } of policy.sites) {
        const key = `${name}|${site}`;
        if (!deadSites.includes(site) && isWholly(address, records)) this.away.delete(key);
        const kept = (this.looks.get(key) ?? []).filter(
          (look) => at - look.at <= policy.holdDownMs + 2 * LOOK_MS,
        );
        const last = kept.at(-1);
        const isDead = deadSites.includes(site);
        if (last?.isDead !== isDead || at - last.at > 10_000)
          this.looks.set(key, [...kept, { at, isDead }]);
      }
    }
  }

  private judge(call: CloudCall): void {
    if (!call.isEffective) return;
    const isOurs = isOurWrite(call);
    if (!isOurs) this.foreignAt = call.at;
    for (const change of recordChanges(call)) {
      const { policy, records } = call.world.name(change.name);
      if (isOurs) this.judgeEmpty(change, policy, call);
      if (isOurs && takesTraffic(change)) this.judgeTaking(change, { policy, records }, call);
      this.givenBack.note(change, isOurs, call.at);
      const site = siteAt(change.before.value, policy);
      if (isOurs && givesTraffic(change)) this.away.delete(`${change.name}|${site?.name ?? ''}`);
    }
  }

  /** Of what came back, all may be taken at once when the site is seen dead on its way. */
  private isTakenBack(change: RecordChange, { name }: SitePolicy, at: number): boolean {
    if (!this.givenBack.isTaken(change)) return false;
    return (
      this.givenBack.isBeginning(change, at) ||
      this.deadFor(`${change.name}|${name}`, LOOK_MS, at) > 0
    );
  }

  private judgeEmpty({ name, before }: RecordChange, policy: NamePolicy, call: CloudCall): void {
    const [was, is] = [call.before.records, call.world.name(name).records];
    if (!isEmpty(is, before.line, policy) || isEmpty(was, before.line, policy)) return;
    if (call.at - this.foreignAt > UNSEEN_MS)
      this.breach(
        call.at,
        `${call.action} left line ${before.line} of ${name} without an enabled record`,
      );
  }

  private judgeTaking(
    change: RecordChange,
    { policy, records }: { policy: NamePolicy; records: readonly RecordTruth[] },
    call: CloudCall,
  ): void {
    const { name, before } = change;
    const site = siteAt(before.value, policy);
    if (site === undefined || this.isTakenBack(change, site, call.at)) return;
    this.judgeRegion(site, records, { policy, call });
    if (this.isOrdered(name, site)) return;
    const deadMs = this.deadFor(`${name}|${site.name}`, policy.holdDownMs + LOOK_MS, call.at);
    if (2 * deadMs < policy.holdDownMs)
      this.breach(
        call.at,
        `traffic was taken from ${site.name} of ${name}, which nobody could reach for ${Math.round(deadMs / 1000)} s of the last ${Math.round((policy.holdDownMs + LOOK_MS) / 1000)} s`,
      );
    this.judgeVelocity(site, policy, call);
  }

  private isOrdered(name: string, site: SitePolicy): boolean {
    return (this.orders.get(nameOrdersKey(name)) ?? '').includes(`"siteName":"${site.name}"`);
  }

  /** How long the site was dead within the last `spanMs`. */
  private deadFor(key: string, spanMs: number, at: number): number {
    const looks = this.looks.get(key) ?? [];
    return looks.reduce((sum, look, index) => {
      const from = Math.max(look.at, at - spanMs);
      const until = looks[index + 1]?.at ?? at;
      return sum + (look.isDead ? Math.max(0, until - from) : 0);
    }, 0);
  }

  private judgeVelocity(site: SitePolicy, policy: NamePolicy, { at }: CloudCall): void {
    const { moves: allowed, windowMs } = policy.velocity;
    const all = this.moves.get(policy.name) ?? [];
    const key = `${policy.name}|${site.name}`;
    const isGoingOn = all.some((move) => move.siteName === site.name && at - move.at < ONE_MOVE_MS);
    if (isGoingOn || this.away.has(key)) return;
    this.away.add(key);
    const moves = [...all, { siteName: site.name, at, homeRegionId: policy.homeRegionId }];
    this.moves.set(policy.name, moves);
    const counted = moves.filter((move) => at - move.at < windowMs - UNSEEN_MS);
    if (counted.length > allowed)
      this.breach(
        at,
        `${policy.name} was moved ${counted.length} times within ${windowMs / 1000} s, ${allowed} allowed`,
      );
  }

  private judgeRegion(
    site: SitePolicy,
    records: readonly RecordTruth[],
    { policy, call }: { policy: NamePolicy; call: CloudCall },
  ): void {
    const out = records
      .filter((record) => !record.isEnabled && readRemark(record.remark, policy.name) !== null)
      .map((record) => siteAt(record.value, policy))
      .find((other) => other !== undefined && other.regionId !== site.regionId);
    if (out !== undefined)
      this.breach(
        call.at,
        `${site.name} in ${site.regionId} was taken out while ${out.name} in ${out.regionId} is out`,
      );
  }

  /** What the tick itself found empty, and could write, is not empty after it. */
  private judgeRepair({ tick, world, at }: NameTicked): void {
    const { records, freeze, takenAt } = tick.name;
    const { policy, records: now } = world.name(tick.name.name);
    const isHindered = tick.outcome.steps.some(({ result }) =>
      ['failed', 'not-sent', 'would-do'].includes(result.kind),
    );
    if (records.kind !== 'ok' || freeze !== null || isHindered || this.foreignAt >= takenAt) return;
    const found = records.value.map((record) => ({ ...record, recordId: record.recordId }));
    for (const line of new Set(now.map((record) => record.line))) {
      const free = now.some((record) => record.line === line && !record.isLocked);
      if (free && isEmpty(found, line, policy) && isEmpty(now, line, policy))
        this.breach(
          at,
          `line ${line} of ${policy.name} was found empty, and its tick left it so`,
          tick.request.tickId,
        );
    }
  }
}

type Answer = Pick<RecordTruth, 'line' | 'value' | 'isEnabled'>;

const siteAt = (value: string, { sites }: NamePolicy): SitePolicy | undefined =>
  sites.find(({ address }) => address === value);

/** A line that holds a site and has no enabled record. */
function isEmpty(records: readonly Answer[], line: string, policy: NamePolicy): boolean {
  const own = records.filter((record) => record.line === line);
  const isOurs = own.some(({ value }) => siteAt(value, policy) !== undefined);
  const isWatched = policy.lines === 'every' || policy.lines.includes(line);
  return isOurs && isWatched && !own.some(({ isEnabled }) => isEnabled);
}

const takesTraffic = ({ before, after }: RecordChange): boolean =>
  before.isEnabled &&
  (!after.isEnabled ||
    (before.weight !== null && after.weight !== null && after.weight < before.weight));

/** Every record of the site answers. */
const isWholly = (address: string, records: readonly RecordTruth[]): boolean =>
  records.every(({ value, isEnabled }) => value !== address || isEnabled);

const givesTraffic = ({ before, after }: RecordChange): boolean =>
  after.isEnabled && (!before.isEnabled || (after.weight ?? 1) > (before.weight ?? 1));
