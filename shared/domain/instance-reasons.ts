/** Reasons for what happens to single instances when a pool is scaled, in the form of the other reasons. */
export const INSTANCE_REASONS = {
  // how instances come and go
  'scale-in': 'Less capacity is wanted than there is; the most dispensable instance leaves.',
  'launch-resumed':
    'The answer to an earlier launch was lost: the same call is sent again with the same token, which launches nothing twice.',
  'launch-lost': 'A launched instance failed, vanished or never came.',
  'launch-abandoned':
    'The answer to a launch was lost and its token may have expired: it is not sent again. What it launched is found by its tag.',
  'launch-refused': 'The cloud refused to launch; the refused way is not tried for a while.',
  'launch-breaker': 'Too many launches in a row came to nothing; launching stops for a while.',
  'launch-impossible': 'Capacity is missing and no way to launch may be tried now.',
  'warm-started': 'An instance of the warm pool is started instead of launching a new one.',
  'warm-unavailable':
    'The cloud has no machine for an instance of the warm pool: it rests on, and something else is tried.',
  'warm-filled': 'The warm pool is smaller than it should be: an instance is launched for it.',
  'warm-stopped': 'It left service and is stopped economically, ready to be started again.',
  registered:
    'Its service answers: it stands in its groups at weight 0 until it is verified there.',
  retiring: 'It is on its way out of service and is drained.',
  replaced: 'It is lost or beyond repair, and others have taken its place.',
  'never-registered':
    'Its service did not answer in time: it is kept in quarantine for people to look at, then deleted.',
  'drain-waiting': 'It takes no new traffic; what is open may end.',
  'drain-idle': 'It takes no new traffic and holds no more connections than an idle one.',
  'drain-settled':
    'It has taken no new traffic for the settle time; nothing says how many connections are open.',
  'drain-deadline': 'The hard deadline of its drain has passed; what is still open is cut.',
  'drain-cancelled': 'Its capacity is wanted again: it stays.',
  'instance-deleted': 'It has left service and is deleted.',
  'ghost-member': 'A group still lists an instance that no longer exists; the entry is removed.',
  orphan:
    'It carries the pool’s tag and has no place in it, seen twice at least a boot time apart.',
  'stray-adopted': 'It serves in the pool without the pool’s tag and is adopted by policy.',
  'foreign-writer': 'Somebody else changes what this pool owns: Evenkeel yields and calls people.',
  'membership-added': 'It carries the membership tag and is missing from a group.',
  'membership-departed': 'It no longer carries the membership tag, or no longer runs.',
  'owned-elsewhere':
    'It belongs to another pool by its tag: here its weight is tended, but only its owner launches, retires or deletes it.',
  'inventory-hold':
    'What the cloud says of the instances is missing or contradicts itself: none comes or goes until it is clear.',
  'port-unknown': 'A group is empty and the policy names no port, so nobody can be added to it.',
  // why a guard withheld such a step
  'guard-not-owned': 'It does not carry this pool’s tag: nothing of it is removed.',
  'guard-still-serving':
    'It still has weight, or still stands in a group that it would be cut from.',
  'guard-maximum': 'It would make more instances than the maximum and the surge for replacements.',
  'guard-duplicate': 'The same is under way for this instance already.',
} as const;
