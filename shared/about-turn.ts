import { type NameTick } from './domain/failover/name-tick';
import { type Tick } from './domain/tick';
import { type Log, type LogFields } from './ports/log';
import { type TraceFields } from './ports/trace';
import { type TurnRequest } from './work-under-lease';

/** From here on every line of the log, whoever writes it, tells whose turn it is and which. */
export function aboutTurn(
  { tickId }: Pick<TurnRequest, 'tickId'>,
  subject: LogFields,
  { log }: { readonly log: Log },
): void {
  log.about?.({ ...subject, tickId });
}

/** What the span of a whole turn says. */
export const turnFields = ({ request, plan, outcome }: Tick | NameTick): TraceFields => ({
  'evenkeel.subject': request.policy.name,
  'evenkeel.mode': request.policy.mode,
  'evenkeel.tick_id': request.tickId,
  'evenkeel.wake': request.wake.source,
  'evenkeel.withheld': plan.withheld.length,
  'evenkeel.steps': outcome.steps.length,
});
