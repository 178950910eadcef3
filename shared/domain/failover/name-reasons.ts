/** Every reason that the decisions and guards of a name can give. */
export const NAME_REASONS = {
  // what was concluded about a site
  'site-up': 'Enough voters reach the site.',
  'site-down':
    'Enough voters outside its region cannot reach the site, and nothing fresh speaks against them.',
  'site-unknown': 'Too few voters saw enough to say: nothing is concluded.',
  'site-serving-though-unreached':
    'Voters cannot reach it, but its load balancer is healthy and carries its usual traffic: our view is doubted, not the site.',
  'site-view-lost':
    'A voter that reaches no site at all has lost its own view: its votes do not count.',
  'site-held-down': 'It is down, not yet for as long as the policy wants.',
  'site-paused-by-person':
    'Its records were paused by somebody else: they are left alone and reported.',
  'site-without-record': 'No record of the name holds its address.',
  'site-recovering':
    'It is up again, not yet for as long as the policy wants before it gets traffic.',
  'site-returning': 'It gets its traffic back in stages.',
  // why traffic moves
  'failover-site-down': 'The site was down for the whole hold: its records are to be paused.',
  'failover-ordered': 'A person ordered the failover.',
  'failover-partial':
    'The others cannot carry all of its traffic yet: as much as they can leaves by weight, the rest as they grow.',
  'failback-held-up': 'The site was up for the whole hold: its records come back.',
  'failback-stage': 'The next stage of its return is due.',
  'failback-ordered': 'A person ordered the failback.',
  'failback-needed':
    'Another site is dead, and one region at a time is left: it comes back as soon as it was up for as long as the other was down.',
  'failback-relapse': 'The site went down during its return: it leaves again.',
  'practice-started': 'A rehearsed failover begins.',
  'practice-ended': 'The rehearsed failover is over: the site comes back.',
  'practice-aborted': 'The outcome alarm fired: the rehearsed failover ends at once.',
  'failback-limited':
    'It came back as often as the window of its velocity allows: it stays out until that has passed.',
  'last-record-replaced':
    'It is the only one left of a line that loses its enabled record: it comes back for it.',
  'weighting-opened': 'Answers of the line are to be drawn by weight, as the policy wants.',
  'base-weight-given':
    'Records of a line on which weighting was switched on get their base weight, by doubling, so that no site gets much more than its share on the way.',
  'record-empty': 'A name and line had no enabled record: its best one comes back at once.',
  'late-record-repaired': 'A change that we made earlier landed late; it is set right again.',
  'floor-requested':
    'Another pool is asked to hold more instances for the traffic that comes to it.',
  // why it waits
  'waiting-for-capacity': 'The others cannot carry the traffic yet, and the site still serves.',
  'waiting-for-approval': 'A person must approve this move.',
  'capacity-short': 'The others cannot carry all of the traffic: what cannot be carried is shed.',
  'capacity-unknown': 'Nobody knows what the others can carry.',
  // why a guard withheld a step
  'guard-frozen': 'A person froze the name.',
  'guard-last-record': 'The name and line would have no enabled record.',
  'guard-last-site': 'No other site of the name is known to be up.',
  'guard-unknown': 'Traffic is never moved on an unknown verdict.',
  'guard-one-region': 'Another region is being failed over: one at a time.',
  'guard-velocity': 'The name was moved as often as its window allows.',
  'guard-approval': 'The move needs a person’s approval, which it does not have.',
  'guard-approval-refused': 'A person refused the move.',
  'guard-record-locked': 'The record is locked.',
  'guard-record-type': 'The record is not of the name’s type.',
  'guard-record-duplicate': 'Two records of one line hold the same address.',
  'guard-not-ours': 'The record was paused by somebody else.',
  // what went wrong
  'name-unreadable': 'The records could not be read: nothing is concluded and nothing is changed.',
  'records-changed': 'The records changed between the look and the write: nothing was written.',
  'record-left-behind':
    'A record is off with our note, and nothing in the policy would enable it again.',
  'move-not-sent': 'A step that moves traffic was planned look after look, and not sent.',
  'voters-missing': 'So many voters are silent that no verdict is possible.',
  'region-unreachable': 'The region of a pool could not be asked for its capacity.',
} as const;

export type NameReasonCode = keyof typeof NAME_REASONS;
