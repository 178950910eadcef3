import { afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type NameTick } from '../../shared/domain/failover/name-tick';
import { type Load } from '../../infra/local/traffic/load-generator';
import { knowsWhatIsUsual } from '../../infra/rehearsal/knows-what-is-usual';
import { secondsToShift } from '../../infra/rehearsal/measure-shift';
import { shop, SHOP_REQUESTS_PER_SECOND } from '../../infra/rehearsal/shop';
import { type Site, startTwoSites, type TwoSites } from '../../infra/rehearsal/two-sites';
import { ensureBuilt } from '../support/build';
import { describeScaling } from '../support/describe-scaling';
import { seeName } from '../support/see-name';
import { until } from '../support/until';

const NETWORK = 100;
const PATIENCE_MS = 90_000;
const CASE_MS = 240_000;
/** Looks after which a site that is down would have left, had anybody concluded it: the hold of 8 s and two more. */
const HOLD_MS = 12_000;

let world: TwoSites;
let load: Load;
let emptied: number;
const endings: (() => Promise<unknown>)[] = [];

beforeAll(ensureBuilt, 60_000);
beforeEach(async () => {
  world = await startTwoSites(shop({ network: NETWORK }));
  endings.push(async () => world.stop());
  emptied = 0;
  const sampling = setInterval(() => {
    if (world.records().every(({ isEnabled }) => !isEnabled)) emptied += 1;
  }, 5);
  endings.push(async () => {
    clearInterval(sampling);
    return Promise.resolve();
  });
  load = await world.load({ requestsPerSecond: SHOP_REQUESTS_PER_SECOND, timeoutMs: 10_000 });
  endings.push(async () => load.stop());
  await until(isKnown, PATIENCE_MS, 'both sites are up, and what they usually carry is known');
}, CASE_MS);
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
}, CASE_MS);

const isKnown = async (): Promise<boolean> =>
  knowsWhatIsUsual(await world.memory(), SHOP_REQUESTS_PER_SECOND);

/** Resolves with the first tick that satisfies, of those that began since `from`. */
async function untilTick(
  what: string,
  isWanted: (tick: NameTick) => boolean,
  from = 0,
): Promise<NameTick> {
  let found: NameTick | undefined;
  let ticks: readonly NameTick[] = [];
  await until(
    async () => {
      ticks = await world.ticks();
      found = ticks.find((tick) => tick.request.startedAt >= from && isWanted(tick));
      return found !== undefined;
    },
    PATIENCE_MS,
    what,
    () => ['What was decided last:', ...ticks.slice(-5).map(tellTick)].join('\n'),
  );
  return found!;
}

const tellTick = ({ request, proposal, name, outcome }: NameTick): string =>
  JSON.stringify({
    at: new Date(request.startedAt).toISOString(),
    verdicts: proposal.verdicts.map(({ siteName, nextState, reason, detail }) =>
      [siteName, nextState, reason, detail].join(' '),
    ),
    capacities: name.capacities,
    steps: outcome.steps.map(({ stepId, result }) => [stepId, result]),
  });

const verdictOn = (tick: NameTick, site: Site['name']) =>
  tick.proposal.verdicts.find(({ siteName }) => siteName === site);
const isIn = (site: Site['name'], state: string) => (tick: NameTick) =>
  verdictOn(tick, site)?.nextState === state;
const isSaid = (site: Site['name'], verdict: string) => (tick: NameTick) =>
  verdictOn(tick, site)?.verdict === verdict;
const ticksSince = async (from: number): Promise<readonly NameTick[]> =>
  (await world.ticks()).filter((tick) => tick.request.startedAt >= from);
const recordOf = (site: Site) => world.records().find(({ value }) => value === site.pool.host);

/** What was changed about the records, in order, as the DNS service saw it. */
const writesSince = (from: number): readonly string[] =>
  world.home.region.requestLog
    .find({ product: 'Alidns', since: from, status: 200 })
    .filter(({ action }) => /^(Set|Update)/.test(action))
    .map(({ action, parameters }) => {
      const { RecordId, Status, Weight, Remark } = parameters;
      const site = world.records().find(({ recordId }) => recordId === RecordId)?.value;
      const name = site === world.a.pool.host ? 'a' : 'b';
      return [action, name, Status ?? Weight ?? Remark ?? ''].join(' ').trim();
    });

const lost = (site: Site): Promise<void> => site.region.die();

describeScaling('a region is lost, with everything in it, under load', () => {
  it(
    'moves its clients away by a quorum of the others, and takes it back held and in stages',
    async () => {
      const diedAt = Date.now();
      await lost(world.a);
      await until(
        () => recordOf(world.a)?.isEnabled === false,
        PATIENCE_MS,
        'the record of the dead site is paused',
      );
      const leaving = await ticksSince(diedAt);
      const down = leaving.find(isSaid('a', 'down'));
      const downVoters = down?.name.votes.filter(
        ({ siteName, answer }) => siteName === 'a' && answer === 'down',
      );
      expect(downVoters?.map(({ voter }) => voter)).not.toContain(world.a.region.regionId);
      expect(downVoters?.length).toBeGreaterThanOrEqual(2);
      expect(down && isIn('a', 'suspect')(down)).toBe(true);
      const paused = await untilTick(
        'the tick that paused is recorded',
        isIn('a', 'paused'),
        diedAt,
      );
      const floor = leaving.find(({ outcome }) =>
        outcome.steps.some(
          ({ stepId, result }) => stepId === 'floor/shop-b' && result.kind === 'done',
        ),
      );
      expect(floor?.request.startedAt).toBeLessThanOrEqual(paused.request.startedAt);
      expect(writesSince(diedAt)).toEqual([
        'UpdateDomainRecordRemark a evenkeel:paused:shop:100',
        'UpdateDNSSLBWeight a 1',
        'SetDomainRecordStatus a Disable',
      ]);
      const seen = await seeName(world.home, 'region-lost');
      expect(seen.sites).toEqual([
        'a, paused, Verdict: down, Share 0 %',
        'b, serving, Verdict: up, Share 100 %',
      ]);
      expect([...seen.records].sort()).toEqual([
        `enabled, A ${world.b.pool.host}, 100`,
        `paused, A ${world.a.pool.host}, 1`,
      ]);
      expect(seen.pausings).toBe(1);
      const moved = async () => {
        const { seconds, startedAt } = await load.report();
        const since = Math.floor((diedAt - startedAt) / 1000);
        return secondsToShift(seconds, world.a.pool.host, since) !== null;
      };
      await until(moved, PATIENCE_MS, 'clients have moved');
      await until(
        () => world.b.region.region.ecs.all().length > 2,
        PATIENCE_MS,
        'the other site has grown',
      );

      const returnedAt = Date.now();
      await world.a.region.comeBack();
      await untilTick('it is up again and held', isIn('a', 'recovering'), returnedAt);
      expect(recordOf(world.a)?.isEnabled).toBe(false);
      await untilTick('it serves again', isIn('a', 'serving'), returnedAt);
      await until(() => recordOf(world.a)?.remark === '', PATIENCE_MS, 'our note is taken off');
      expect(writesSince(returnedAt)).toEqual([
        'SetDomainRecordStatus a Enable',
        'UpdateDNSSLBWeight a 10',
        'UpdateDNSSLBWeight a 50',
        'UpdateDNSSLBWeight a 100',
        'UpdateDomainRecordRemark a',
      ]);
      const served = async () => {
        const { seconds } = await load.report();
        const last = seconds.slice(-4, -1);
        return last.every(
          ({ failed, addresses = {} }) => failed === 0 && world.a.pool.host in addresses,
        );
      };
      await until(served, PATIENCE_MS, 'clients of both sites are served');
      expect(emptied).toBe(0);
    },
    CASE_MS,
  );
});

describeScaling('what looks like a loss and is none', () => {
  it(
    'moves nothing while nobody sees anything, for lost networks and for lost vantages',
    async () => {
      const blindAt = Date.now();
      for (const { region } of [world.a, world.b]) region.showSites(false);
      const blind = (tick: NameTick): boolean =>
        tick.proposal.verdicts.every(({ verdict }) => verdict === 'unknown');
      const lasting = async (what: string, from: number) => {
        const first = await untilTick(what, blind, from);
        await untilTick(what, blind, first.request.startedAt + HOLD_MS);
      };
      await lasting('nobody sees a site for longer than the hold', blindAt);
      const silentAt = Date.now();
      for (const region of [world.a.region, world.b.region, world.vantage])
        await region.stopFunctions();
      for (const { region } of [world.a, world.b]) region.showSites(true);
      await lasting('one vantage is left for longer than the hold', silentAt);
      const ticks = await ticksSince(blindAt);
      expect(ticks.filter((tick) => !blind(tick)).slice(2)).toEqual([]);
      expect(ticks.flatMap(({ plan }) => plan.steps)).toEqual([]);
      expect(ticks.at(-1)?.proposal.alerts.map(({ reason }) => reason)).toContain('voters-missing');
      expect(writesSince(blindAt)).toEqual([]);
      const { failed } = await load.report();
      expect(failed).toBe(0);
    },
    CASE_MS,
  );

  it(
    'doubts its own view while the site that nobody reaches serves its clients',
    async () => {
      const blindAt = Date.now();
      world.a.region.showSites(false);
      const isDoubted = (tick: NameTick): boolean =>
        verdictOn(tick, 'a')?.reason === 'site-serving-though-unreached';
      const first = await untilTick('the view is doubted', isDoubted, blindAt);
      await untilTick('… for longer than the hold', isDoubted, first.request.startedAt + HOLD_MS);
      expect(writesSince(blindAt)).toEqual([]);
    },
    CASE_MS,
  );
});

describeScaling('two regions look dead at once', () => {
  it(
    'moves nobody before one of them is seen again, and then one region only',
    async () => {
      const diedAt = Date.now();
      await Promise.all([lost(world.a), lost(world.b)]);
      const both = (tick: NameTick): boolean =>
        tick.proposal.verdicts.every(({ verdict }) => verdict === 'unknown');
      const first = await untilTick('nobody can say which of them lives', both, diedAt);
      await untilTick('… for longer than the hold', both, first.request.startedAt + HOLD_MS);
      expect(writesSince(diedAt)).toEqual([]);
      await world.b.region.comeBack();
      await until(
        () => recordOf(world.a)?.isEnabled === false,
        PATIENCE_MS,
        'the one that stays dead is paused',
      );
      await untilTick('the tick that paused is recorded', isIn('a', 'paused'), diedAt);
      const ticks = await ticksSince(diedAt);
      expect(
        ticks
          .flatMap(({ proposal }) => proposal.memoryIfDone.moves)
          .map(({ siteName }) => siteName),
      ).not.toContain('b');
      expect(recordOf(world.b)?.isEnabled).toBe(true);
      expect(emptied).toBe(0);
    },
    CASE_MS,
  );
});

describeScaling('a person and several local regions, by the command line', () => {
  const PROGRAM = join(__dirname, '../../dist/cli/evenkeel.js');

  /** A line for each region, as `local up --json` prints it. */
  function writeRegions(file: string): void {
    const lines = world.regions.map(({ region, regionId, endpoints }) => {
      const { accessKeyId, accessKeySecret, accountId } = region;
      const place = { openapi: endpoints.openapi, fc: endpoints.functions, regionId };
      return JSON.stringify({ ...place, accessKeyId, accessKeySecret, accountId });
    });
    writeFileSync(file, lines.join('\n'));
  }

  async function evenkeel<T>(...args: readonly string[]): Promise<T> {
    const { policyFile } = world.home;
    const file = join(dirname(policyFile), 'regions.json');
    writeRegions(file);
    const cloud = ['--local', file, '--policy', policyFile, '--json'];
    const words = [PROGRAM, ...args, ...cloud];
    const { stdout } = await promisify(execFile)(process.execPath, words);
    return JSON.parse(stdout) as T;
  }

  it(
    'reads each pool in its own region, hears every vantage, and moves a site away and back',
    async () => {
      const { requestLog, accessKeyId: key } = world.b.region.region;
      const askedAt = Date.now();
      await evenkeel('plan', '--pool', 'shop-b');
      const asked = requestLog.find({ product: 'Slb', since: askedAt, status: 200 });
      expect(asked.map(({ accessKeyId }) => accessKeyId)).toContain(key);

      const { names } = await evenkeel<{
        readonly names: readonly { readonly name: { readonly votes: NameTick['name']['votes'] } }[];
      }>('plan', '--name', 'shop');
      const voters = new Set(names[0]?.name.votes.map(({ voter }) => voter));
      expect([...voters].sort()).toEqual(world.regions.map(({ regionId }) => regionId).sort());

      const why = ['--site', 'a', '--reason', 'a drill', '--yes'];
      const orderedAt = Date.now();
      await evenkeel('failover', 'shop', ...why);
      await until(
        () => recordOf(world.a)?.isEnabled === false,
        PATIENCE_MS,
        'the site is moved away, once the other can carry its clients',
      );
      const floor = await untilTick(
        'the other site was asked for room',
        ({ outcome }) => outcome.steps.some(({ stepId }) => stepId === 'floor/shop-b'),
        orderedAt,
      );
      expect(floor.proposal.verdicts.every(({ verdict }) => verdict === 'up')).toBe(true);
      const backAt = Date.now();
      await evenkeel('failback', 'shop', ...why);
      await untilTick('it serves again', isIn('a', 'serving'), backAt);
      expect(recordOf(world.a)?.isEnabled).toBe(true);
      const { failed } = await load.report();
      expect(failed).toBe(0);
    },
    CASE_MS,
  );
});
