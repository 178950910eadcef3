/**
 * What the vendor's documents leave open, as switches. Each default is the reading that is more demanding for whoever heals, or the
 * one that most public sources share; both readings are tested.
 */
export interface SlbBehaviour {
  /** Health shown for weight 0: what the checks say, or (documents of 2018–2019) always `abnormal` behind a layer-4 listener. */
  readonly weightZeroHealth: 'as-checked' | 'abnormal-on-layer-4';
  /** New connections when every backend with a weight is abnormal: refused, or spread over all of them. */
  readonly whenAllAbnormal: 'fail-closed' | 'fail-open';
  /** A client with a session on a backend that now has weight 0: keeps it (as LVS does), or is sent elsewhere. */
  readonly stickyAtWeightZero: 'keep-session' | 'follow-weight';
  /** Open connections of a removed or abnormal backend while connection drain is off: live until idle, or are cut at once. */
  readonly withoutDrain: 'keep-until-idle' | 'cut';
  /** `Set…` naming a server that is not a member: passes over it, or refuses the call. */
  readonly unknownInSet: 'ignore' | 'refuse';
  /** `Add…` naming a server that is a member already: passes over it, or refuses the call. */
  readonly presentInAdd: 'ignore' | 'refuse';
  /** List in the reply to Add, Set and Remove: the whole group, or the members named in the call. */
  readonly replyScope: 'whole-group' | 'named';
  /** A backend whose checks have not concluded yet: gets no traffic, or serves. */
  readonly beforeFirstVerdict: 'wait' | 'serve';
}

export const DEFAULT_BEHAVIOUR: SlbBehaviour = {
  weightZeroHealth: 'as-checked',
  whenAllAbnormal: 'fail-closed',
  stickyAtWeightZero: 'keep-session',
  withoutDrain: 'keep-until-idle',
  unknownInSet: 'ignore',
  presentInAdd: 'ignore',
  replyScope: 'whole-group',
  beforeFirstVerdict: 'wait',
};
