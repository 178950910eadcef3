import { type BackendVerdict } from './proposal';

/** Something fresh accuses the backend, but not enough to act on: another look would tell. */
export const isAwaitingConfirmation = ({ reason, nextState, evidence }: BackendVerdict): boolean =>
  reason === 'suspicion-unconfirmed' && nextState === 'suspect' && evidence.length > 0;
