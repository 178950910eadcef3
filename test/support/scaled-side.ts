import { expect } from '@jest/globals';
import { callOperator } from '../../infra/rehearsal/call-operator';
import { type Side } from '../../infra/rehearsal/start-side';
import { RETIRE_TAG } from '../../shared/domain/ownership-tags';
import { type StepOutcome } from '../../shared/domain/plan';
import { type Step } from '../../shared/domain/proposal';
import { until } from './until';

export const membersOf = ({ region, pool }: Side) =>
  region.slb.backends({ kind: 'group', groupId: pool.serverGroupId });

/** Ids of the region's instances, in order. */
export const existing = ({ region }: Side): readonly string[] =>
  region.ecs
    .all()
    .map(({ instanceId }) => instanceId)
    .sort();

/** So many instances exist, and as many members have their full weight. */
export const isWhole = (side: Side, count: number): boolean =>
  existing(side).length === count &&
  membersOf(side).filter(({ weight }) => weight === 100).length === count;

/** The region's instances are the pool's members, at full weight, and none of them is on its way out. */
export function expectExactly(side: Side, count: number): void {
  const members = membersOf(side);
  expect(members.map(({ weight }) => weight)).toEqual(Array.from({ length: count }, () => 100));
  expect(members.map(({ serverId }) => serverId).sort()).toEqual(existing(side));
  for (const id of existing(side))
    expect(side.region.ecs.demand(id).tags.get(RETIRE_TAG)).toBeUndefined();
}

export interface Deed {
  readonly step: Step;
  readonly outcome: StepOutcome;
}

/** Steps that were done, oldest first; a deed is told once its tick is over. */
export const deedsOn = async (side: Side): Promise<readonly Deed[]> =>
  (await side.ticks()).flatMap(({ plan, outcome }) =>
    plan.steps.flatMap((step) => {
      const found = outcome.steps.find(({ stepId }) => stepId === step.stepId);
      return found?.result.kind === 'done' ? [{ step, outcome: found }] : [];
    }),
  );

/** They left: out of the group first, then deleted, each once. */
export async function expectDepartures(side: Side, ids: readonly string[]): Promise<void> {
  const departureOf = async (id: string): Promise<readonly Step['kind'][]> =>
    (await deedsOn(side))
      .filter(({ step }) => step.instanceId === id)
      .map(({ step }) => step.kind)
      .filter((kind) => kind === 'deregister' || kind === 'delete');
  for (const id of ids) {
    const isTold = async (): Promise<boolean> => (await departureOf(id)).includes('delete');
    await until(isTold, 20_000, `the tick that deletes ${id} is over`);
    expect(await departureOf(id)).toEqual(['deregister', 'delete']);
  }
}

/** A person's order for exactly so many instances. */
export const orderCapacity = async (side: Side, count: number): Promise<unknown> =>
  callOperator(side, {
    verb: 'scale',
    by: 'test',
    order: { kind: 'exactly', count, reason: 'test', until: Date.now() + 900_000 },
  });
