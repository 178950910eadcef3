import { type DnsRecord } from '../../domain/failover/dns-record';
import { emptyLineRepair, emptyLines, recordsOfName } from '../../domain/failover/empty-line';
import { siteOf } from '../../domain/failover/name-records';
import { type SitePolicy } from '../../domain/failover/name-policy';
import { knownValue } from '../../domain/reading';
import { see, type Session } from './name-session';
import { readAgain } from './read-again';
import { sendStep, type DnsStep } from './send-step';

/**
 * Enables the best record of every line on which none is enabled now, whoever paused the last one. Best is what the plan meant to be
 * enabled, then who was enabled when the tick looked, then whose site is not known to be down, then the order of the policy. What
 * cannot be enabled gives way to the next; what may have been enabled does so only when the line is read and still empty.
 */
export async function repairEmptyLines(steps: readonly DnsStep[], session: Session): Promise<void> {
  for (const line of emptyLines([...session.records.values()], session.request.policy))
    for (const { record, site } of candidatesFor(line, steps, session)) {
      const result = await sendStep(emptyLineRepair(record, site.name), session);
      if (result.kind !== 'failed') break;
      if (result.isAmbiguous && !(await isStillEmpty(line, session))) break;
    }
}

/** False when nobody can tell: the next tick looks again. */
async function isStillEmpty(line: string, session: Session): Promise<boolean> {
  const found = await readAgain(session);
  if (found === null) return false;
  see(found, session);
  return emptyLines(found, session.request.policy).includes(line);
}

interface Candidate {
  readonly record: DnsRecord;
  readonly site: SitePolicy;
}

function candidatesFor(
  line: string,
  steps: readonly DnsStep[],
  session: Session,
): readonly Candidate[] {
  const { records, request } = session;
  const { sites } = request.policy;
  const own = recordsOfName([...records.values()], request.policy);
  const rank = rankWith(steps, session);
  return own
    .filter((record) => record.line === line && !record.isLocked)
    .flatMap((record) => {
      const site = siteOf(record, request.policy);
      return site === undefined ? [] : [{ record, site }];
    })
    .toSorted(
      (one, other) =>
        rank(one) - rank(other) || sites.indexOf(one.site) - sites.indexOf(other.site),
    );
}

function rankWith(steps: readonly DnsStep[], { name }: Session): (one: Candidate) => number {
  const planned = new Map(
    steps.flatMap((step) =>
      step.kind === 'enable-record' || step.kind === 'pause-record'
        ? [[step.recordId, step.kind] as const]
        : [],
    ),
  );
  const wasEnabled = new Set(
    (knownValue(name.records) ?? []).flatMap(({ recordId, isEnabled }) =>
      isEnabled ? [recordId] : [],
    ),
  );
  return ({ record, site }) => {
    const plan = planned.get(record.recordId);
    if (plan === 'pause-record') return 3;
    const isDown = (name.memory.sites[site.name]?.downSince ?? null) !== null;
    if (isDown) return 2;
    return plan === 'enable-record' || wasEnabled.has(record.recordId) ? 0 : 1;
  };
}
