import { type FaultKind } from '../fault-kinds';
import { BACKEND_FAULTS } from './backend-faults';
import { type Field, type Inject } from './field';
import { forge } from './forgeries';
import { MEDDLING } from './meddling';
import { PLACE_FAULTS } from './place-faults';
import { PLATFORM_FAULTS } from './platform-faults';

/** How each kind is done. Crashes of workers are not done to the world but drawn for each run. */
const INJECTIONS: Readonly<Partial<Record<FaultKind, Inject>>> = {
  ...BACKEND_FAULTS,
  ...PLACE_FAULTS,
  ...PLATFORM_FAULTS,
  ...MEDDLING,
  'event-forged': forge,
};

/** Plans faults from now on, each kind at its own pace and from its own stream, until all of it ends. */
export function planFaults(field: Field): void {
  const { setting, dice, clock } = field.cosmos;
  for (const { kind, everyMs } of setting.faults) {
    const inject = INJECTIONS[kind];
    if (inject === undefined) continue;
    const own = dice.split(`fault ${kind}`);
    let count = 0;
    const next = (): void => {
      clock.after(own.wait(everyMs), () => {
        if (field.cosmos.phase === 'calm') return;
        count += 1;
        inject(field, own.split(String(count)));
        next();
      });
    };
    next();
  }
}
