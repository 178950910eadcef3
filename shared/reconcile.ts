import { applyNothing } from './apply/apply-nothing';
import { applyPlan } from './apply/apply-plan';
import { decide } from './decide/decide';
import { type PoolSnapshot } from './domain/pool';
import { type Tick, type TickRequest } from './domain/tick';
import { guard } from './guard/guard';
import { observePool } from './observe/observe-pool';
import { type Ports } from './ports/ports';
import { UNTRACED } from './ports/trace';
import { recordIntent } from './record/record-intent';
import { recordTick } from './record/record-tick';
import { outcomeFields, planFields, poolFields, proposalFields } from './stage-fields';

/** One turn of the loop. Read this file first: everything else is a detail of one line here. */
export async function reconcile(
  request: TickRequest,
  ports: Ports,
  previous: PoolSnapshot | null,
): Promise<Tick> {
  const { policy } = request;
  const { trace = UNTRACED } = ports; // each stage is a span, where anybody collects them
  const observe = () => observePool(request, ports, previous);
  const apply = () =>
    isNoted ? applyPlan(plan, request, ports) : Promise.resolve(applyNothing(plan, ports));

  const pool = await trace.stage('observe', observe, poolFields); //                           IO    read the world once
  const proposal = trace.stage('decide', () => decide(pool, policy), proposalFields); //       pure  what would be right
  const plan = trace.stage('guard', () => guard(proposal, pool, policy), planFields); //       pure  what is safe now
  const tick = { request, pool, proposal, plan };
  const isNoted = await trace.stage('note', () => recordIntent(tick, ports)); //               IO    write down what is about to be done
  const outcome = await trace.stage('apply', apply, outcomeFields); //                         IO    do it, idempotently
  return trace.stage('record', () => recordTick({ ...tick, outcome }, ports)); //              IO    say what and why
}
