import { type NameTick } from '../../../shared/domain/failover/name-tick';
import { type SiteVerdict } from '../../../shared/domain/failover/name-proposal';
import { knownValue } from '../../../shared/domain/reading';
import {
  observeNameStore,
  type StoredAboutName,
} from '../../../shared/observe/failover/observe-name-store';
import { type Clock } from '../../../shared/ports/clock';
import { type Log } from '../../../shared/ports/log';
import { type NameView, type RecordView, type SiteLine, type SiteView } from '../api';
import { type NameSource } from '../console-context';
import { nameOperations } from './operation-views';
import { newestTick, shortened } from './tick-history';

const EVIDENCE_MAX = 30;
const RECORDS_MAX = 200;
const DETAIL_LENGTH_MAX = 300;

interface Tools {
  readonly clock: Clock;
  readonly log: Log;
}

/** What the store knows of a name. Throws `StoreUnavailable`. */
export const storedAbout = (
  { policy, store }: NameSource,
  { clock, log }: Tools,
): Promise<StoredAboutName> => observeNameStore(policy, { store, log, clock });

/** Its sites, each as the memory has it; unknown where nobody has looked yet. */
export const siteLines = (
  { policy }: NameSource,
  { memory }: Pick<StoredAboutName, 'memory'>,
): readonly SiteLine[] =>
  policy.sites.map(({ name: siteName, regionId }) => {
    const site = memory.sites[siteName];
    const { state = 'unknown', since = 0, cause = null } = site ?? {};
    return { siteName, regionId, state, since, cause };
  });

/** Everything about one public name but its history. No vantage is asked. Throws `StoreUnavailable`. */
export async function nameView(source: NameSource, tools: Tools): Promise<NameView> {
  const { id, policy, archive } = source;
  const [stored, { whole: tick }] = await Promise.all([
    storedAbout(source, tools),
    newestTick(policy.name, archive),
  ]);
  const { memory, orders, approvals } = stored;
  const verdicts = new Map(tick?.proposal.verdicts.map((each) => [each.siteName, each]));
  return {
    ...{ id, mode: policy.mode, host: hostText(source) },
    updatedAt: memory.updatedAt,
    seenAt: tick?.name.takenAt ?? null,
    sites: siteLines(source, stored).map((line) =>
      siteView(line, source, verdicts.get(line.siteName)),
    ),
    records: recordViews(tick),
    operations: nameOperations({
      orders,
      approvals: approvals.filter(({ approvalId }) => !memory.usedApprovals.includes(approvalId)),
    }),
  };
}

/** Example: `www.example.com`; `example.com` for the domain itself. */
export const hostText = ({ policy: { host, domain } }: NameSource): string =>
  host === '@' ? domain : `${host}.${domain}`;

function siteView(
  line: SiteLine,
  { policy }: NameSource,
  verdict: SiteVerdict | undefined,
): SiteView {
  const site = policy.sites.find(({ name }) => name === line.siteName);
  const { address = '', poolName = null } = site ?? {};
  return { ...line, address, poolName, ...judged(verdict) };
}

const UNJUDGED = { verdict: null, reason: null, detail: '', share: null, evidence: [] } as const;

function judged(
  site: SiteVerdict | undefined,
): Pick<SiteView, 'verdict' | 'reason' | 'detail' | 'share' | 'evidence'> {
  if (site === undefined) return UNJUDGED;
  const { verdict, reason, share } = site;
  const short = (text: string): string => shortened(text, DETAIL_LENGTH_MAX);
  const evidence = site.evidence.slice(0, EVIDENCE_MAX).map(short);
  return { verdict, reason, share, detail: short(site.detail), evidence };
}

const recordViews = (tick: NameTick | null): readonly RecordView[] =>
  (tick === null ? [] : (knownValue(tick.name.records) ?? []))
    .slice(0, RECORDS_MAX)
    .map(({ recordId, line, type, value, isEnabled, weight, ttlSeconds }) => ({
      ...{ recordId, line, type, value, isEnabled, weight, ttlSeconds },
    }));
