import { applyNothing } from './apply/apply-nothing';
import { applyPlan } from './apply/apply-plan';
import { decide } from './decide/decide';
import { type PoolSnapshot } from './domain/pool';
import { type Tick, type TickRequest } from './domain/tick';
import { guard } from './guard/guard';
import { observePool } from './observe/observe-pool';
import { type Ports } from './ports/ports';
import { recordIntent } from './record/record-intent';
import { recordTick } from './record/record-tick';

/** One turn of the loop. Read this file first: everything else is a detail of one line here. */
export async function reconcile(
  request: TickRequest,
  ports: Ports,
  previous: PoolSnapshot | null,
): Promise<Tick> {
  const pool = await observePool(request, ports, previous); //                      IO    read the world once
  const proposal = decide(pool, request.policy); //                                 pure  what would be right
  const plan = guard(proposal, pool, request.policy); //                            pure  what is safe now
  const isNoted = await recordIntent({ request, pool, proposal, plan }, ports); //  IO    write down what is about to be done
  const outcome = isNoted //                                                        IO    do it, idempotently
    ? await applyPlan(plan, request, ports)
    : applyNothing(plan, ports);
  return recordTick({ request, pool, proposal, plan, outcome }, ports); //          IO    say what and why
}
