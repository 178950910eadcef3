import { type DnsRecord } from '../../shared/domain/failover/dns-record';
import { EMPTY_NAME_MEMORY } from '../../shared/domain/failover/name-memory';
import { type NamePolicy, type SitePolicy } from '../../shared/domain/failover/name-policy';
import {
  type NameSnapshot,
  type SiteCapacity,
  type Vote,
} from '../../shared/domain/failover/name-snapshot';
import { type Instant, millis, permille } from '../../shared/domain/units';
import { NOW, ok } from './builders';

export const VOTERS = ['cn-beijing', 'cn-chengdu', 'cn-hongkong'] as const;

/** Site `a` in region-a with address 10.0.0.1, `b` with 10.0.0.2 and so on. */
export const aSite = (name: string, parts: Partial<SitePolicy> = {}): SitePolicy => ({
  name,
  regionId: `region-${name}`,
  address: `10.0.0.${name.charCodeAt(0) - 96}`,
  poolName: `pool-${name}`,
  check: {
    protocol: 'http',
    port: 80,
    path: '/',
    host: null,
    statusMin: 200,
    statusMax: 399,
    timeoutMs: millis(3000),
    attempts: 3,
  },
  isStateful: false,
  ...parts,
});

export const aNamePolicy = (parts: Partial<NamePolicy> = {}): NamePolicy => ({
  name: 'www',
  mode: 'enforce',
  watch: 'unsteady',
  watchIntervalMs: millis(15_000),
  homeRegionId: 'cn-hongkong',
  domain: 'example.com',
  host: 'www',
  type: 'A',
  lines: 'every',
  ttlSeconds: 60,
  weighting: false,
  baseWeight: 100,
  sites: [aSite('a'), aSite('b')],
  vantages: VOTERS.map((regionId) => ({ regionId })),
  outsideVoters: [],
  verdict: {
    quorum: 2,
    freshMs: millis(60_000),
    servingShare: permille(500),
    unknownMs: millis(60_000),
  },
  holdDownMs: millis(180_000),
  failback: {
    holdMs: millis(900_000),
    stages: [permille(100), permille(500), permille(1000)],
    stageHoldMs: millis(120_000),
    isAutomatic: true,
  },
  capacity: {
    waitMs: millis(60_000),
    servesAtLeast: permille(50),
    fullUse: permille(1200),
    emergencyUse: permille(1250),
    partHoldMs: millis(30_000),
    floorMs: millis(600_000),
  },
  velocity: { moves: 1, windowMs: millis(3_600_000) },
  regionClaimMs: millis(600_000),
  approval: { firstFailover: false, validMs: millis(1_800_000) },
  practice: null,
  ...parts,
});

export const aRecord = (siteName: string, parts: Partial<DnsRecord> = {}): DnsRecord => ({
  recordId: `r-${siteName}-${parts.line ?? 'default'}`,
  host: 'www',
  type: 'A',
  line: 'default',
  value: aSite(siteName).address,
  ttlSeconds: 60,
  isEnabled: true,
  isLocked: false,
  weight: null,
  remark: '',
  updatedAt: null,
  ...parts,
});

export const aSiteCapacity = (parts: Partial<SiteCapacity> = {}): SiteCapacity => ({
  serving: 10,
  members: 10,
  healthy: permille(1000),
  load: ok(4000),
  traffic: ok(1_000_000),
  errorShare: ok(0),
  warm: 0,
  max: 20,
  arriving: 0,
  canLaunch: true,
  takenAt: NOW,
  ...parts,
});

/** Every voter’s word on every site; `down` and `unknown` name sites. */
export function someVotes(
  policy: NamePolicy,
  at: Instant,
  answers: Readonly<Record<string, Vote['answer']>> = {},
): readonly Vote[] {
  return policy.vantages.flatMap(({ regionId }) =>
    policy.sites.map(({ name }): Vote => {
      const answer = answers[name] ?? 'up';
      return {
        voter: regionId,
        kind: 'vantage',
        siteName: name,
        answer,
        at,
        attempts: 3,
        failed: answer === 'up' ? 0 : 3,
        latencyMs: answer === 'up' ? 20 : null,
        detail: '',
      };
    }),
  );
}

export const aNameSnapshot = (
  policy: NamePolicy,
  parts: Partial<NameSnapshot> = {},
): NameSnapshot => ({
  name: policy.name,
  takenAt: NOW,
  records: ok(policy.sites.map(({ name }) => aRecord(name))),
  weighting: ok([]),
  minimumTtlSeconds: ok(60),
  votes: someVotes(policy, parts.takenAt ?? NOW),
  capacities: {},
  orders: [],
  approvals: [],
  freeze: null,
  claim: null,
  memory: EMPTY_NAME_MEMORY,
  ...parts,
});
