import { type Tick } from '../domain/tick';
import { type TickArchive, type TickDigest } from '../ports/tick-archive';
import {
  type AgreementQuestion,
  type AgreementReport,
  compareProposals,
  type Sighting,
  sightingOf,
} from './agreement';

/** Looks of a month once a minute, and some; older ones are left out. */
const LOOKS_MAX = 50_000;
const lineOnly = ({ tickId, at }: TickDigest): Sighting => ({
  ...{ tickId, at, backends: null, proposals: [] },
});

async function sighting(digest: TickDigest, archive: TickArchive): Promise<Sighting> {
  const tick: Tick | null = digest.isWhole
    ? await archive.read(digest.poolName, digest.tickId)
    : null;
  return tick === null ? lineOnly(digest) : sightingOf(tick);
}

/** How far the proposals of a pool's archive are what others did; whole ticks are read one by one and let go again. */
export async function measureAgreement(
  question: AgreementQuestion,
  archive: TickArchive,
): Promise<AgreementReport> {
  const { poolName, from, to } = question;
  const digests = await archive.list(poolName, { from, to, limit: LOOKS_MAX });
  const sightings: Sighting[] = [];
  for (const digest of [...digests].reverse()) sightings.push(await sighting(digest, archive));
  return compareProposals(sightings, question);
}
