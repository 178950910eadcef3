import { readRemark } from '../../../shared/domain/failover/paused-remark';
import { isFreeze } from '../../../shared/domain/freeze';
import { freezeKey, FREEZES } from '../../../shared/domain/store-keys';
import { type CloudCall, type Moment, type StoreWrite, type WorldView } from '../history';
import { isOurWrite, type RecordChange, recordChanges } from './call-effects';
import { KNOWN_MS } from './floor';
import { Judge } from './judge';
import { leasesFor } from './one-writer';

/** A line that was empty so shortly before may be taken for empty still. */
const UNSEEN_MS = 60_000;

/**
 * Promise 10: people and we may write the same records, and the name is valid in the end; what a person paused stays paused, and what a
 * person froze is not written.
 */
export class PersonsJudge extends Judge {
  /** Records that somebody else paused. */
  private readonly paused = new Set<string>();
  /** Since when a record that we had paused has been enabled by somebody else. */
  private readonly undone = new Map<string, number>();
  private readonly pausedByUs = new Set<string>();
  /** By name and line: when somebody else ended its having no enabled record. */
  private readonly filled = new Map<string, number>();
  /** By region and scope: since when it is frozen, and until when. */
  private readonly frozen = new Map<string, { readonly at: number; readonly until: number }>();
  private world: WorldView | null = null;
  private at = 0;

  constructor() {
    super(10, 'what a person paused or froze stays so, and every name is valid in the end');
  }

  see(moment: Moment): void {
    this.at = moment.at;
    if ('world' in moment) this.world = moment.world;
    if (moment.kind === 'store') this.note(moment);
    if (moment.kind !== 'call' || !moment.isEffective) return;
    if (isOurWrite(moment)) this.judgeFreeze(moment);
    if (moment.product === 'Alidns') this.judgeRecords(moment);
  }

  private note({ key, regionId, operation, result, value, at }: StoreWrite): void {
    if (operation === 'lost') this.forget(regionId);
    if (!key.startsWith('freeze/')) return;
    const place = `${regionId}|${key}`;
    if (operation === 'delete' || (result === 'stored' && !isFreeze(value)))
      this.frozen.delete(place);
    else if (result === 'stored' && isFreeze(value))
      this.frozen.set(place, { at, until: value.until });
  }

  private forget(regionId: string): void {
    for (const place of this.frozen.keys())
      if (place.startsWith(`${regionId}|`)) this.frozen.delete(place);
  }

  /** A tick that had begun before may still end. */
  private judgeFreeze(call: CloudCall): void {
    const scopes = [freezeKey('all'), ...leasesFor(call).map((lease) => `${FREEZES}${lease}`)];
    for (const scope of scopes) {
      const freeze = this.frozen.get(`${call.regionId}|${scope}`);
      if (freeze === undefined) continue;
      if (call.at > freeze.at + KNOWN_MS && call.at < freeze.until)
        this.breach(call.at, `${call.action} though ${scope} had been frozen since ${freeze.at}`);
    }
  }

  private judgeRecords(call: CloudCall): void {
    for (const change of recordChanges(call)) {
      const { before, after } = change;
      if (call.who !== 'ours') this.noteOthers(change, call);
      else if (!before.isEnabled && after.isEnabled) this.judgeEnabled(change, call);
      else if (before.isEnabled && !after.isEnabled) this.pausedByUs.add(before.recordId);
    }
  }

  /** What a person paused is enabled only where the line has no other answer, as far as anybody could know. */
  private judgeEnabled({ name, before: { recordId, line } }: RecordChange, call: CloudCall): void {
    if (!this.paused.delete(recordId) || isEmpty(call, line)) return;
    if (call.at - (this.filled.get(`${name}|${line}`) ?? -Infinity) > UNSEEN_MS)
      this.breach(call.at, `record ${recordId} of ${name}, which a person paused, was enabled`);
  }

  private noteOthers(change: RecordChange, call: CloudCall): void {
    const { name, before, after } = change;
    if (after.isEnabled && isEmpty(call, before.line))
      this.filled.set(`${name}|${before.line}`, call.at);
    this.notePause(change, call.at);
  }

  /** A pause of ours that was undone and done again before we may have looked is ours as far as anybody can tell. */
  private notePause({ name, before, after }: RecordChange, at: number): void {
    const { recordId, remark, isEnabled } = before;
    if (after.isEnabled === isEnabled) return;
    if (after.isEnabled) {
      this.paused.delete(recordId);
      if (this.pausedByUs.delete(recordId)) this.undone.set(recordId, at);
      return;
    }
    const isRedone = at - (this.undone.get(recordId) ?? -Infinity) < KNOWN_MS;
    if (isRedone) this.pausedByUs.add(recordId);
    else if (readRemark(remark, name) === null) this.paused.add(recordId);
  }

  override finish(): void {
    for (const name of this.world?.names ?? []) {
      const records = this.world?.name(name).records ?? [];
      for (const line of new Set(records.map((record) => record.line)))
        if (!records.some((record) => record.line === line && record.isEnabled))
          this.breach(this.at, `line ${line} of ${name} has no enabled record in the end`);
    }
  }
}

/** No record of the line answered right before the call. */
const isEmpty = ({ before: { records } }: CloudCall, line: string): boolean =>
  !records.some((record) => record.line === line && record.isEnabled);
