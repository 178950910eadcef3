import { type NameTick } from '../../../shared/domain/failover/name-tick';
import { type Site, type TwoSites } from '../../rehearsal/two-sites';
import { type Script, sitesAct, type SitesOutcome } from '../sites-act';

/** Longer than the hold-down of 8 s: by then whoever was to move would have. */
const HOLD_MS = 14_000;
const AFTER_MS = 8000;

const recordOf = (world: TwoSites, site: Site['name']) =>
  world.records().find(({ value }) => value === world[site].pool.host);
const isEnabled = (world: TwoSites, site: Site['name']): boolean =>
  recordOf(world, site)?.isEnabled === true;
const isPaused = async (world: TwoSites): Promise<boolean> =>
  Promise.resolve(!isEnabled(world, 'a'));

const stateIn = ({ proposal }: NameTick, site: Site['name']): string | undefined =>
  proposal.verdicts.find(({ siteName }) => siteName === site)?.nextState;

/** Deeds on records, in order, as `pause/…` and `enable/…` of a site. */
const deedsOn = ({ ticks }: SitesOutcome, site: Site['name']): readonly string[] =>
  ticks.flatMap(({ plan, outcome }) =>
    plan.steps
      .filter(({ siteName, kind }) => siteName === site && kind !== 'request-floor')
      .filter(({ stepId }) =>
        outcome.steps.some((step) => step.stepId === stepId && step.result.kind === 'done'),
      )
      .map(({ kind }) => kind),
  );

const isUntouched = (outcome: SitesOutcome): boolean =>
  deedsOn(outcome, 'a').length + deedsOn(outcome, 'b').length === 0;

/** Since it happened no tick saw the name without an enabled record. */
const wasNeverEmpty = ({ ticks, happenedAt }: SitesOutcome): boolean =>
  ticks
    .filter(({ name }) => name.takenAt >= happenedAt)
    .every(
      ({ name }) =>
        name.records.kind === 'missing' || name.records.value.some((one) => one.isEnabled),
    );

const loseA = async ({ everywhere, say }: Script): Promise<void> => {
  say('region a is lost: load balancer, instances, OpenAPI, Function host and store');
  await everywhere(({ a }) => a.region.die());
};

export const regionLost = sitesAct({
  name: 'region-lost',
  title: 'A region is lost at peak',
  story:
    'A name has two sites; region a dies with its OpenAPI, its functions and its store. Three other regions look; the home region, which serves nothing, asks b for room and then pauses the record of a.',
  losesA: true,
  async happen(script) {
    await loseA(script);
    await script.until('three regions look; the hold runs', isPaused);
    script.say('the record is paused; clients follow as their answers expire');
    await script.wait(4 * AFTER_MS);
    return null;
  },
  findings: ({ observe, enforce }) => [
    {
      sentence: 'Observing, the record of a stays, and requests fail to the end.',
      isSo: isEnabled(observe.world, 'a') && observe.lastSeconds(5).failed > 0,
    },
    {
      sentence: 'Voters outside region a agreed before anything moved, and a hold ran.',
      isSo: isHeldBefore(enforce, 'suspect', 'paused'),
    },
    {
      sentence: 'b was asked for room no later than a was paused.',
      isSo: isAskedFirst(enforce),
    },
    {
      sentence: 'Enforcing, clients have moved and none of the last requests failed.',
      isSo: enforce.report.shift?.secondsToMove !== null && enforce.lastSeconds(5).failed === 0,
    },
    { sentence: 'The name was never without a record.', isSo: wasNeverEmpty(enforce) },
  ],
});

const isHeldBefore = (
  { ticks, happenedAt }: SitesOutcome,
  held: string,
  moved: string,
): boolean => {
  const states = ticks
    .filter(({ name }) => name.takenAt >= happenedAt)
    .map((tick) => stateIn(tick, 'a'));
  return states.includes(held) && states.indexOf(held) < states.indexOf(moved);
};

function isAskedFirst({ ticks }: SitesOutcome): boolean {
  const indexOf = (prefix: string): number =>
    ticks.findIndex(({ outcome }) =>
      outcome.steps.some(
        ({ stepId, result }) => stepId.startsWith(prefix) && result.kind === 'done',
      ),
    );
  return indexOf('floor/shop-b') >= 0 && indexOf('floor/shop-b') <= indexOf('pause/');
}

export const regionReturns = sitesAct({
  name: 'region-returns',
  title: 'A lost region returns',
  story:
    'Region a was lost and its record paused; now it is back. It is held for a while, then gets a tenth of its share, half of it, all of it.',
  losesA: true,
  async happen(script) {
    await loseA(script);
    await script.until('until its record is paused', isPaused);
    await script.wait(2 * AFTER_MS);
    script.say('region a returns; its instances boot');
    const backAt = Date.now();
    await script.everywhere(({ a }) => a.region.comeBack());
    await script.until('held first, then staged', async (world) =>
      Promise.resolve(recordOf(world, 'a')?.remark === '' && recordOf(world, 'a')?.weight === 100),
    );
    await script.wait(AFTER_MS);
    return backAt;
  },
  findings: ({ observe, enforce }) => [
    {
      sentence: 'Enforcing, it was held before it got anything.',
      isSo: isHeldBefore(enforce, 'recovering', 'returning'),
    },
    {
      sentence: 'It came back by DNS weight 1, 10, 50 and 100.',
      isSo: weightsOf(enforce).join() === '1,10,50,100',
    },
    {
      sentence: 'Both sites serve again, and none of the last requests failed.',
      isSo: enforce.lastSeconds(4).failed === 0 && isServedBy(enforce, 'a'),
    },
    {
      sentence: 'Enforcing, fewer requests failed than while only observing.',
      isSo: enforce.since.failed < observe.since.failed,
    },
  ],
});

const weightsOf = ({ ticks }: SitesOutcome): readonly number[] =>
  ticks
    .flatMap(({ plan }) => plan.steps)
    .flatMap((step) =>
      step.kind === 'set-record-weight' && step.siteName === 'a' ? [step.to] : [],
    );

const isServedBy = ({ load, world }: SitesOutcome, site: Site['name']): boolean =>
  load.seconds
    .slice(-5, -1)
    .some(({ addresses = {} }) => (addresses[world[site].pool.host]?.requests ?? 0) > 0);

export const vantagesLost = sitesAct({
  name: 'vantages-lost',
  title: 'All vantages are lost',
  story:
    'Clients are served, but nobody who looks gets through: first their networks fail, then their functions do. A lost view is unknown, never dead.',
  losesA: false,
  async happen(script) {
    script.say('every look at every site is lost on its way');
    await script.everywhere(async ({ a, b }) => {
      for (const { region } of [a, b]) region.showSites(false);
      return Promise.resolve();
    });
    await script.wait(HOLD_MS);
    script.say('the functions of three of four vantages are gone as well');
    await script.everywhere(async ({ a, b, vantage }) => {
      await Promise.all([a.region, b.region, vantage].map(async (each) => each.stopFunctions()));
    });
    await script.wait(HOLD_MS);
    return null;
  },
  findings: ({ enforce }) => [
    { sentence: 'Enforcing, no record was touched.', isSo: isUntouched(enforce) },
    {
      sentence: 'Nothing was concluded about any site, and people were called.',
      isSo: isBlind(enforce),
    },
    { sentence: 'Not one request failed.', isSo: enforce.since.failed === 0 },
  ],
});

function isBlind({ ticks, happenedAt }: SitesOutcome): boolean {
  const later = ticks.filter(({ request }) => request.startedAt >= happenedAt);
  return (
    later.length > 0 &&
    later.every(({ proposal }) =>
      proposal.verdicts.every(({ verdict }) => verdict === 'unknown'),
    ) &&
    later.some(({ proposal }) => proposal.alerts.some(({ reason }) => reason === 'voters-missing'))
  );
}

export const twoRegionsDead = sitesAct({
  name: 'two-regions-dead',
  title: 'Two regions look dead at once',
  story:
    'Both sites die in the same moment. Who sees nobody alive says nothing about anybody, so nobody is moved; when b is back, a alone is.',
  losesA: true,
  async happen(script) {
    script.say('both regions are lost');
    await script.everywhere(async ({ a, b }) => {
      await Promise.all([a.region.die(), b.region.die()]);
    });
    await script.wait(HOLD_MS);
    script.say('region b returns');
    await script.everywhere(({ b }) => b.region.comeBack());
    await script.until('until a, still dead, is paused', isPaused);
    await script.wait(2 * AFTER_MS);
    return null;
  },
  findings: ({ enforce }) => [
    {
      sentence: 'While both looked dead, nobody was moved.',
      isSo: enforce.ticks
        .filter(({ proposal }) => proposal.verdicts.every(({ verdict }) => verdict !== 'up'))
        .every(({ plan }) => plan.steps.every(({ kind }) => kind === 'request-floor')),
    },
    { sentence: 'One region was moved, and only one.', isSo: isOnlyAMoved(enforce) },
    { sentence: 'The name was never without a record.', isSo: wasNeverEmpty(enforce) },
    {
      sentence: 'None of the last requests failed.',
      isSo: enforce.lastSeconds(4).failed === 0,
    },
  ],
});

const isOnlyAMoved = (outcome: SitesOutcome): boolean =>
  deedsOn(outcome, 'a').includes('pause-record') && deedsOn(outcome, 'b').length === 0;
