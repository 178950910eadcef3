import { type NameStep } from '../../domain/failover/name-proposal';

/**
 * Steps in the order in which they are safe to break off after any of them: who gives comes before what takes. The note that a pause
 * is ours is written before it and taken off after the return; steps of one rank keep the order of the plan.
 */
export const orderNameSteps = <S extends NameStep>(steps: readonly S[]): readonly S[] =>
  steps.toSorted((one, other) => rankOf(one) - rankOf(other));

function rankOf(step: NameStep): number {
  switch (step.kind) {
    case 'request-floor':
      return 0;
    case 'open-weighting':
      return 1;
    case 'enable-record':
      return 2;
    case 'set-record-weight':
      return takesTraffic(step) ? 5 : 3;
    case 'remark-record':
      return step.remark === '' ? 7 : 4;
    case 'pause-record':
      return 6;
  }
}

/** Whether the step moves traffic away from its site; the weight with which a return begins is how much comes back. */
export const takesTraffic = (step: NameStep): boolean =>
  step.kind === 'pause-record' ||
  (step.kind === 'set-record-weight' &&
    (step.moveId !== null || (step.reason !== 'failback-stage' && step.to < (step.from ?? 0))));
