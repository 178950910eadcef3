import { type Reading } from '../../domain/reading';
import { type Instant, plus } from '../../domain/units';
import { type Departure } from './departure';
import { besides } from './line-shares';
import { hasHeld } from './runs';
import { freshLoad, isDead, isWeighted, type NameScene, others, type SiteView } from './scene';

/** How much leaves now. */
type Pace = 'not-now' | 'wait' | 'part' | 'whole';

/**
 * All of it where the others can carry all. Of a site that serves less leaves only after a while for them to grow. Of a dead one it
 * leaves at once, for those who stay fail anyway; the rest stays for as long as it does not fit, as an overload would fail everybody.
 * Where no part can be said, all of a dead site leaves.
 */
export function paceOf(departure: Departure, scene: NameScene): Pace {
  const { view, cause, forecast } = departure;
  if (cause.kind === 'practice') return forecast.fit === 1000 ? 'whole' : 'not-now';
  if (!isDead(view, scene)) return paceWhileServing(departure, scene);
  return canPart(view, scene) ? paceOfDead(departure, scene) : 'whole';
}

function paceWhileServing({ view, forecast }: Departure, scene: NameScene): Pace {
  if (holdOf(view, scene).isHeld) return 'part';
  if (forecast.fit === 1000) return 'whole';
  if (!hasWaited(view, scene) && forecast.canGrow) return 'wait';
  const isDivisible = view.enabled.some((record) => isWeighted(record, scene));
  return forecast.fit !== null && isDivisible ? 'part' : 'whole';
}

/** What is not known at the moment is waited for; of a part it is known that more did not fit. */
function paceOfDead({ view, forecast: { fit } }: Departure, scene: NameScene): Pace {
  if (holdOf(view, scene).isHeld) return 'part';
  if (fit !== null) return fit === 1000 ? 'whole' : 'part';
  if (view.memory.state === 'partial') return 'part';
  return isAnswerDue(view, scene) && !hasWaited(view, scene) ? 'wait' : 'whole';
}

const canPart = ({ enabled }: SiteView, scene: NameScene): boolean =>
  enabled.some((record) => isWeighted(record, scene) && besides(record, scene).length > 0);

const hasWaited = ({ memory }: SiteView, { policy, now }: NameScene): boolean =>
  hasHeld(memory.waitingSince ?? now, now, policy.capacity.waitMs);

/** Another site that is up has a pool that was asked and did not tell its load: the next look may know more. */
const isAnswerDue = (view: SiteView, scene: NameScene): boolean =>
  others(view, scene).some((other) => {
    const { site, judgement, capacity } = other;
    const asked = capacity?.load ?? scene.name.capacities[site.name];
    const isSilent = freshLoad(other) === undefined;
    return judgement.verdict === 'up' && isSilent && asked !== undefined && !isUnasked(asked);
  });

const isUnasked = (read: Reading<unknown>): boolean =>
  read.kind === 'missing' && read.reason === 'not-configured';

interface Hold {
  /** A part left, and not long ago. */
  readonly isHeld: boolean;
  readonly until: Instant;
  /** What kind of site is left, for people. */
  readonly how: string;
}

/** The time between two parts. A site that serves gives the others’ metrics time; what left a dead one is counted in full instead. */
export function holdOf(view: SiteView, scene: NameScene): Hold {
  const { policy, now } = scene;
  const { state, stageSince } = view.memory;
  const [holdMs, how] = isDead(view, scene)
    ? [policy.capacity.partHoldMs, 'it serves no more']
    : [policy.failback.stageHoldMs, 'it still serves'];
  return {
    isHeld: state === 'partial' && !hasHeld(stageSince, now, holdMs),
    until: plus(stageSince ?? now, holdMs),
    how,
  };
}
