import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decide } from '../../shared/decide/decide';
import { type PoolPolicy } from '../../shared/domain/policy';
import { type BackendSnapshot, type PoolSnapshot } from '../../shared/domain/pool';
import { type SetWeightStep, type Step } from '../../shared/domain/proposal';
import { isReadableMemory } from '../../shared/observe/readable-memory';
import { isServingAt } from '../../shared/domain/serving';
import { permille } from '../../shared/domain/units';
import {
  aSize,
  chanceFrom,
  observeAtRandom,
  somePolicy,
  someWeather,
  TARGET_SNAPSHOTS,
} from '../support/arbitraries';
import { aPolicy, someBackends } from '../support/builders';
import { aWorld, later, type PureWorld, type Turn, turn } from '../support/pure-world';
import { propertyRuns } from '../support/property-runs';

const RUNS = 100;

/** A story of several turns over random observations, wake-ups, lost writes and a person who interferes. */
const stories = fc.record({
  size: aSize(),
  seed: fc.integer({ min: 0, max: 0xffffffff }),
  policy: somePolicy(),
  weather: fc.array(someWeather(), { minLength: 4, maxLength: 14 }),
});
type Story = typeof stories extends fc.Arbitrary<infer T> ? T : never;

function play(
  { size, seed, policy, weather }: Story,
  look: (taken: Turn, policy: PoolPolicy) => void,
): PureWorld {
  const chance = chanceFrom(seed);
  let world = aWorld();
  for (const sky of weather.slice(0, size > 300 ? 4 : 14)) {
    const count = Math.max(1, size - (chance(8) === 0 ? chance(size) : 0));
    const observed = {
      ...observeAtRandom(count, world.now, sky, chance),
      targets: TARGET_SNAPSHOTS,
    };
    if (chance(5) === 0)
      world = {
        ...world,
        weights: { ...world.weights, [`i-${chance(size)}|lb-1/rsp-1|80`]: chance(101) },
      };
    const taken = turn(
      world,
      observed,
      policy,
      () =>
        (['done', 'done', 'done', 'refused', 'lost', 'lost-but-landed'] as const)[chance(6)] ??
        'done',
    );
    look(taken, policy);
    world = later(taken.world, [1, 5, 20, 60, 400][chance(5)] ?? 5);
  }
  return world;
}

const lowerings = (steps: readonly Step[]): readonly SetWeightStep[] =>
  steps.filter((step) => step.kind === 'set-weight').filter((step) => step.to < step.from);

/** Who serves at each listener, counted from scratch and not with the guard's own book. */
function servingAfter(
  pool: PoolSnapshot,
  steps: readonly Step[],
): Readonly<Record<string, { before: number; after: number; members: number }>> {
  const lowered = new Map(
    lowerings(steps).map((step) => [`${step.instanceId}|${step.targetKey}|${step.port}`, step.to]),
  );
  const restarted = new Set(
    steps
      .filter((step) => step.kind === 'restart-service' || step.kind === 'reboot')
      .map((step) => step.instanceId),
  );
  const entries = pool.targets.flatMap(({ key, listeners }) =>
    listeners.map(({ port }) => {
      const at = pool.backends.flatMap((backend) =>
        backend.attachments
          .filter((attachment) => attachment.targetKey === key)
          .map((attachment) => ({ backend, attachment })),
      );
      const before = at.filter(({ backend, attachment }) =>
        isServingAt(backend, attachment, port),
      ).length;
      const after = at.filter(({ backend, attachment }) => {
        const weight =
          lowered.get(`${backend.instanceId}|${key}|${attachment.port}`) ?? attachment.weight;
        return (
          !restarted.has(backend.instanceId) &&
          isServingAt(backend, { ...attachment, weight }, port)
        );
      }).length;
      return [`${key} ${port}`, { before, after, members: at.length }] as const;
    }),
  );
  return Object.fromEntries(entries);
}

describe('whatever is observed, in whatever order', () => {
  it('promise 1: our own actions never take a listener below its floor, nor the last one out', () => {
    fc.assert(
      fc.property(stories, (story) => {
        play(story, ({ pool, plan }, { guards }) => {
          for (const { before, after, members } of Object.values(servingAfter(pool, plan.steps))) {
            if (after < before)
              expect(after).toBeGreaterThanOrEqual(
                Math.max(1, guards.floorCount, Math.ceil((guards.floorShare * members) / 1000)),
              );
          }
        });
      }),
      propertyRuns(RUNS),
    );
  });

  it('promise 2: what is protected is never touched', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const tagged = new Set<string>();
        play(story, ({ pool, plan }) => {
          for (const backend of pool.backends)
            if (
              backend.instance.kind !== 'missing' &&
              'evenkeel:protected' in backend.instance.value.tags
            )
              tagged.add(backend.instanceId);
          expect(
            plan.steps.filter((step) => step.instanceId === 'i-1' || tagged.has(step.instanceId)),
          ).toEqual([]);
        });
      }),
      propertyRuns(RUNS),
    );
  });

  it('promise 4: weight-lowering changes stay within the budget of every window', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const changes: number[] = [];
        play(story, ({ pool, plan, landed }, { guards }) => {
          const budget = Math.max(
            1,
            Math.min(
              guards.budget.count,
              Math.floor((guards.budget.share * pool.backends.length) / 1000),
            ),
          );
          const recent = changes.filter((at) => pool.takenAt - at < guards.budget.windowMs).length;
          const accepted = chargedInstances(pool, plan.steps).size;
          if (accepted > 0) expect(recent + accepted).toBeLessThanOrEqual(budget);
          const newcomers = lowerings(plan.steps).filter(({ reason }) => reason === 'newcomer');
          expect(new Set(newcomers.map((step) => step.instanceId)).size).toBeLessThanOrEqual(
            budget,
          );
          changes.push(...[...chargedInstances(pool, landed)].map(() => pool.takenAt));
        });
      }),
      propertyRuns(RUNS),
    );
  });

  it('promise 5: weight-down rests on something fresh that really was seen', () => {
    fc.assert(
      fc.property(stories, (story) => {
        play(story, ({ pool, plan }) => {
          for (const step of lowerings(plan.steps))
            expect([foundationOf(step, pool), step.reason]).not.toEqual(['nothing', step.reason]);
        });
      }),
      propertyRuns(RUNS),
    );
  });

  it('promise 9: garbage in tags and memory is survived, and changes nothing about the pool being explained whole', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 8 }), (text, size) => {
        const backends = someBackends(size, {
          0: { tags: { 'evenkeel:heal:web': text, [text]: text } },
        });
        const { proposal, plan } = turn(aWorld(), { backends }, aPolicy());
        expect(proposal.verdicts).toHaveLength(size);
        expect(plan.steps.filter((step) => step.kind !== 'tag')).toEqual([]);
      }),
      propertyRuns(200),
    );
  });
});

describe('what is remembered', () => {
  it('can be read again by the next tick', () => {
    fc.assert(
      fc.property(stories, (story) => {
        expect(isReadableMemory(play(story, () => undefined).memory)).toBe(true);
      }),
      propertyRuns(RUNS),
    );
  });

  it('can be read again whatever times a tag tells', () => {
    const times = fc.bigInt({ min: 0n, max: 36n ** 11n - 1n }).map((time) => time.toString(36));
    const causes = fc.constantFrom('outlier-errors', 'operator-drain', 'registered', '-');
    fc.assert(
      fc.property(fc.constantFrom('e', 'p'), causes, times, times, (state, cause, since, until) => {
        const value = `v1 ${state} ${cause} ${since} ${until} 9999 2 100 -`;
        const backends = someBackends(5, { 0: { tags: { 'evenkeel:heal:web': value } } });
        const { world } = turn(aWorld(), { backends, memorySource: 'tags' }, aPolicy());
        expect(isReadableMemory(world.memory)).toBe(true);
      }),
      propertyRuns(RUNS),
    );
  });
});

describe('decisions', () => {
  it('are the same for the same observation, in whatever order it lists its backends', () => {
    fc.assert(
      fc.property(stories, (story) => {
        play({ ...story, weather: story.weather.slice(0, 4) }, ({ pool, proposal }, policy) => {
          expect(JSON.stringify(decide(pool, policy))).toBe(JSON.stringify(proposal));
          expect(
            JSON.stringify(decide({ ...pool, backends: [...pool.backends].reverse() }, policy)),
          ).toBe(JSON.stringify(proposal));
        });
      }),
      propertyRuns(40),
    );
  });

  it('survive JSON without losing anything', () => {
    fc.assert(
      fc.property(stories, (story) => {
        const world = play(
          { ...story, weather: story.weather.slice(0, 4) },
          ({ proposal, plan }) => {
            expect(JSON.parse(JSON.stringify({ proposal, plan }))).toStrictEqual({
              proposal,
              plan,
            });
          },
        );
        expect(JSON.parse(JSON.stringify(world.memory))).toStrictEqual(world.memory);
      }),
      propertyRuns(40),
    );
  });

  it('never raise a weight because a backend looks worse, outside panic', () => {
    fc.assert(
      fc.property(stories, fc.nat(), (story, pick) => {
        play({ ...story, weather: story.weather.slice(0, 6) }, ({ pool, proposal }, policy) => {
          const backend = pool.backends[pick % pool.backends.length]!;
          const worse = {
            ...pool,
            backends: pool.backends.map((each) =>
              each === backend ? sickened(backend, pool) : each,
            ),
          };
          const after = decide(worse, policy);
          if (after.isPanic || proposal.isPanic) return;
          for (const attachment of backend.attachments) {
            const wanted = (steps: readonly Step[]): number =>
              steps.find(
                (step): step is SetWeightStep =>
                  step.kind === 'set-weight' &&
                  step.instanceId === backend.instanceId &&
                  step.targetKey === attachment.targetKey,
              )?.to ?? attachment.weight;
            expect(wanted(after.steps)).toBeLessThanOrEqual(
              Math.max(attachment.weight, wanted(proposal.steps)),
            );
          }
        });
      }),
      propertyRuns(60),
    );
  });

  it('never enter panic because more backends are well', () => {
    fc.assert(
      fc.property(stories, fc.nat(), (story, pick) => {
        play({ ...story, weather: story.weather.slice(0, 6) }, ({ pool, proposal }, policy) => {
          const index = pick % pool.backends.length;
          const better = {
            ...pool,
            backends: pool.backends.map((each, position) =>
              position === index ? cured(each, pool) : each,
            ),
          };
          if (!proposal.isPanic) expect(decide(better, policy).isPanic).toBe(false);
        });
      }),
      propertyRuns(60),
    );
  });

  it('settle: when faults stop, every backend returns to its base weight and nothing more is done', () => {
    fc.assert(
      fc.property(stories, (story) => {
        let world = play(
          { ...story, size: Math.min(story.size, 40), policy: unprotected(story.policy) },
          () => undefined,
        );
        const size = Math.min(story.size, 40);
        const calm = (now: number) => ({
          backends: observeAtRandom(size, now, { sickness: 0, blindness: 0 }, chanceFrom(0))
            .backends,
          targets: TARGET_SNAPSHOTS,
        });
        for (let index = 0; index < 90; index += 1)
          world = later(turn(world, calm(world.now), unprotected(story.policy)).world, 20);
        for (let index = 0; index < 5; index += 1) {
          const taken = turn(world, calm(world.now), unprotected(story.policy));
          expect(
            taken.plan.withheld
              .filter(({ step }) => isUnprotected(step))
              .map(({ step, rule, detail }) => [step.stepId, step.reason, rule, detail]),
          ).toEqual([]);
          expect(taken.plan.steps.filter(isUnprotected)).toEqual([]);
          expect(taken.proposal.isPanic).toBe(false);
          for (const verdict of taken.proposal.verdicts.filter(isUnprotected))
            expect([verdict.instanceId, verdict.nextState]).toEqual([
              verdict.instanceId,
              'healthy',
            ]);
          for (const backend of taken.pool.backends.filter(isUnprotected))
            for (const attachment of backend.attachments)
              expect(attachment.weight).toBe(
                taken.proposal.verdicts.find((verdict) => verdict.instanceId === backend.instanceId)
                  ?.memoryIfDone.baseWeights[attachment.targetKey],
              );
          world = later(taken.world, 20);
        }
      }),
      propertyRuns(40),
    );
  });
});

const isUnprotected = ({ instanceId }: { readonly instanceId: string }): boolean =>
  instanceId !== 'i-1' && instanceId !== 'i-2';
const unprotected = (policy: PoolPolicy): PoolPolicy => ({
  ...policy,
  guards: {
    ...policy.guards,
    budget: { ...policy.guards.budget, share: permille(1000), count: 2000 },
    protectedInstances: [],
  },
});

/** Instances that lose weight which the load balancer would have used, unless a person ordered it or they are new to the pool. */
function chargedInstances(pool: PoolSnapshot, steps: readonly Step[]): ReadonlySet<string> {
  const charged = lowerings(steps).filter((step) => {
    const backend = pool.backends.find((each) => each.instanceId === step.instanceId);
    const attachment = backend?.attachments.find((each) => each.targetKey === step.targetKey);
    return (
      backend !== undefined &&
      attachment !== undefined &&
      isServingAt(backend, attachment, null) &&
      pool.memory.backends[step.instanceId] !== undefined &&
      !step.evidence.some((fact) => fact.signal === 'operator-order')
    );
  });
  return new Set(charged.map((step) => step.instanceId));
}

/** What in the snapshot itself, not in the step's own words, speaks for lowering the weight. */
function foundationOf(step: SetWeightStep, pool: PoolSnapshot): string {
  const backend = pool.backends.find((each) => each.instanceId === step.instanceId)!;
  const memory = pool.memory.backends[step.instanceId];
  if (
    backend.attachments.some(
      ({ health }) =>
        health.kind === 'ok' && health.value.some((row) => row.verdict === 'abnormal'),
    )
  )
    return 'load balancer';
  if (backend.instance.kind === 'ok' && backend.instance.value.status !== 'Running')
    return 'instance';
  if (backend.events.kind === 'ok' && backend.events.value.length > 0) return 'event';
  if (pool.drainOrders.some((order) => order.instanceId === step.instanceId)) return 'order';
  if (step.reason === 'managed-weight' && backend.instance.kind === 'ok') return 'vCPU';
  if (memory === undefined && step.to >= 1 && step.reason === 'newcomer') return 'newcomer';
  if (
    memory?.written.some((write) => write.weight === step.to) === true &&
    step.reason === 'late-write-repaired'
  )
    return 'late write';
  const seen = backend.probe.kind === 'ok' ? [backend.probe.value] : [];
  const bad = [...seen, ...(memory?.windows ?? [])].filter(
    (window) =>
      pool.takenAt - window.endedAt <= 90_000 &&
      (window.failures > 0 || (window.latencyMedianUs ?? 0) > 20_000),
  );
  return new Set(bad.map((window) => window.endedAt)).size >= 2 ? 'probes' : 'nothing';
}

const sickened = (backend: BackendSnapshot, pool: PoolSnapshot): BackendSnapshot => ({
  ...backend,
  attachments: backend.attachments.map((attachment) => ({
    ...attachment,
    health: {
      kind: 'ok',
      sampledAt: pool.takenAt,
      value: [{ listenerPort: 80, verdict: 'abnormal' }],
    },
  })),
});

const cured = (backend: BackendSnapshot, pool: PoolSnapshot): BackendSnapshot => {
  const well = observeAtRandom(1, pool.takenAt, { sickness: 0, blindness: 0 }, chanceFrom(1))
    .backends[0]!;
  return {
    ...well,
    instanceId: backend.instanceId,
    attachments: well.attachments.map((attachment, index) => ({
      ...attachment,
      weight: backend.attachments[index]?.weight ?? attachment.weight,
    })),
  };
};
