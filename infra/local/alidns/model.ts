import { type LocalClock } from '../contracts';
import { type AlidnsBehaviour, DEFAULT_ALIDNS_BEHAVIOUR } from './behaviour';
import { type AlidnsDomain, type DomainStanding, published, type Zone } from './domain';
import { type EditionName, EDITIONS } from './edition';
import { alidnsError } from './errors';
import { DEFAULT_LINE } from './line';
import { lineMap, type LineRule } from './line-map';
import {
  type AlidnsRecord,
  hostOf,
  isDomainName,
  isWildcard,
  type RecordInput,
  recordSetKey,
  TTL_DEFAULT,
  WEIGHTED_TYPES,
} from './record';
import { AlidnsState } from './state';
import { requireContent, requireQuota, requireRoomBeside } from './record-rules';

/** What a user of a region may set about the service. */
export interface AlidnsSettings {
  /** After a write the next one to the same domain is refused for this long. Default 500: community clients wait 0.5 to 5 s. */
  readonly writeLockMs?: number;
  /** Time from a write until name servers answer by it. Default 1,000; the vendor names no figure. */
  readonly publishDelayMs?: number;
  /** How long a negative answer may be kept (SOA minimum), in seconds. Default 600; the vendor names no figure. */
  readonly negativeTtlSeconds?: number;
  /** Which line a client is on, by its address; the first that fits counts. Everybody is on `default` otherwise. */
  readonly lineRules?: readonly LineRule[];
  readonly behaviour?: Partial<AlidnsBehaviour>;
}

export interface AlidnsModelOptions extends AlidnsSettings {
  readonly clock: Pick<LocalClock, 'now'>;
}

export interface DomainInput {
  readonly domainName: string;
  /** Default `free`. */
  readonly edition?: EditionName;
  /** Codes of lines that the account made itself. */
  readonly customLines?: readonly string[];
}

/** A host of a domain and a type; without `line`, every line that it has. */
export interface WeightedName {
  readonly domainName: string;
  readonly rr: string;
  readonly type: string;
  readonly line?: string;
}

const REFUSALS: Readonly<Record<Exclude<DomainStanding, 'normal'>, () => Error>> = {
  'of-another-account': alidnsError.foreignDomain,
  forbidden: alidnsError.domainForbidden,
  'black-hole': alidnsError.blackHole,
  'dns-change': alidnsError.migration,
};

/** Ids have more digits than a number keeps, as the vendor's do. */
const FIRST_RECORD_ID = 900_000_000_000_000_001n;

type Change = Partial<AlidnsRecord>;

/**
 * State and rules of Alidns, a service that is the same for every region: several local regions may share one model. The API tells a change at
 * once; name servers answer by it `publishDelayMs` later, and until `writeLockMs` have passed further writes to the domain are refused.
 * All changing methods throw `VendorError` with the vendor's codes, and then nothing was changed.
 */
export class AlidnsModel extends AlidnsState {
  readonly behaviour: AlidnsBehaviour;
  /** Both can be changed while it runs. */
  writeLockMs: number;
  publishDelayMs: number;
  readonly negativeTtlSeconds: number;
  /** Line of an address. */
  readonly lineOf: (address: string) => string;
  private isProvisioning = false;
  private created = 0n;

  constructor(options: AlidnsModelOptions) {
    super(options.clock);
    this.writeLockMs = options.writeLockMs ?? 500;
    this.publishDelayMs = options.publishDelayMs ?? 1000;
    this.negativeTtlSeconds = options.negativeTtlSeconds ?? 600;
    this.lineOf = lineMap(options.lineRules ?? []);
    this.behaviour = { ...DEFAULT_ALIDNS_BEHAVIOUR, ...options.behaviour };
  }

  /** Makes changes as if they had been made long ago: no write lock, published at once. For laying out a world. */
  provision<T>(change: () => T): T {
    this.isProvisioning = true;
    try {
      return change();
    } finally {
      this.isProvisioning = false;
    }
  }

  addDomain({ domainName, edition = 'free', customLines = [] }: DomainInput): AlidnsDomain {
    const name = domainName.toLowerCase();
    if (!isDomainName(name) || !name.includes('.')) throw alidnsError.domainMalformed();
    if (this.byName.has(name)) throw alidnsError.domainExists();
    const now = this.clock.now();
    const zone = { domainName: name, serial: 1, records: [], weighted: new Set<string>() };
    const domain: AlidnsDomain = {
      ...{ domainName: name, domainId: `local-${this.byName.size + 1}`, customLines, zone },
      edition: EDITIONS[edition],
      createdAt: now,
      standing: 'normal',
      publications: [{ at: now + (this.isProvisioning ? 0 : this.publishDelayMs), zone }],
      busyUntil: 0,
    };
    this.byName.set(name, domain);
    return domain;
  }

  /** What the vendor, not the account, does to a domain. */
  setStanding(domainName: string, standing: DomainStanding): void {
    const domain = this.byName.get(domainName);
    if (domain !== undefined) this.byName.set(domainName, { ...domain, standing });
  }

  /** Locks a record as the vendor or another product does: every change of it is refused, it is answered on. */
  setLocked(recordId: string, isLocked: boolean): void {
    const record = this.record(recordId);
    const domain = this.domain(record.domainName);
    const change = (zone: Zone): Zone => ({
      ...zone,
      records: zone.records.map((one) => (one.recordId === recordId ? { ...one, isLocked } : one)),
    });
    this.byName.set(domain.domainName, { ...domain, zone: change(domain.zone) });
  }

  addRecord(domainName: string, input: RecordInput): AlidnsRecord {
    const domain = this.writable(this.domain(domainName));
    const content = contentOf(input, { ttlSeconds: TTL_DEFAULT, line: DEFAULT_LINE });
    const { records } = domain.zone;
    requireContent(content, domain.edition, domain.customLines);
    requireRoomBeside(content, records, this.behaviour);
    requireQuota(content, records, domain.edition);
    const now = this.clock.now();
    const record: AlidnsRecord = {
      ...content,
      recordId: String(FIRST_RECORD_ID + this.created++),
      domainName: domain.domainName,
      ...{ isEnabled: true, isLocked: false, remark: '', weight: 1 },
      ...{ createdAt: now, updatedAt: now },
    };
    this.write(domain, [...records, record]);
    return record;
  }

  /** Replaces host, type, value, TTL, line and priority; `DomainRecordDuplicate` when that changes nothing. */
  updateRecord(recordId: string, input: RecordInput): AlidnsRecord {
    const { domain, record } = this.changeable(recordId);
    const content = contentOf(
      input,
      this.behaviour.leftOutOfUpdate === 'keep'
        ? record
        : { ttlSeconds: TTL_DEFAULT, line: DEFAULT_LINE },
    );
    requireContent(content, domain.edition, domain.customLines);
    if (isSameContent(content, record)) throw alidnsError.duplicate();
    const others = domain.zone.records.filter((one) => one !== record);
    requireRoomBeside(content, others, this.behaviour);
    requireQuota(content, others, domain.edition);
    return this.change(domain, record, content);
  }

  deleteRecord(recordId: string): void {
    const { domain, record } = this.changeable(recordId);
    this.write(
      domain,
      domain.zone.records.filter((one) => one !== record),
    );
  }

  /** Deletes the records of a host, of one type or all, and passes over those that are locked. Returns how many went. */
  deleteRecords(domainName: string, rr: string, type?: string): number {
    const domain = this.writable(this.domain(domainName));
    const { records } = domain.zone;
    const left = records.filter(
      (record) =>
        record.isLocked || record.rr !== rr || (type !== undefined && record.type !== type),
    );
    this.write(domain, left);
    return records.length - left.length;
  }

  setEnabled(recordId: string, isEnabled: boolean): AlidnsRecord {
    const { domain, record } = this.changeable(recordId);
    if (record.isEnabled === isEnabled && this.behaviour.sameStatus === 'refuse')
      throw alidnsError.duplicate();
    const others = domain.zone.records.filter((one) => one !== record);
    if (isEnabled) requireRoomBeside(record, others, this.behaviour);
    return this.change(domain, record, { isEnabled });
  }

  setRemark(recordId: string, remark: string): AlidnsRecord {
    const { domain, record } = this.changeable(recordId);
    return this.change(domain, record, { remark });
  }

  /** Weighting of a name on or off, for one line or all it has. Returns how many records that concerns. */
  setWeighting({ domainName, rr, type, line }: WeightedName, isOn: boolean): number {
    const domain = this.writable(this.domain(domainName));
    this.requireWeightedType(type);
    if (isWildcard(rr)) throw alidnsError.wildcard();
    const concerned = domain.zone.records.filter(
      (record) =>
        record.rr === rr && record.type === type && (line === undefined || record.line === line),
    );
    if (concerned.length === 0) throw alidnsError.noSuchHost();
    const weighted = new Set(domain.zone.weighted);
    for (const record of concerned)
      if (isOn) weighted.add(recordSetKey(record));
      else weighted.delete(recordSetKey(record));
    this.write(domain, domain.zone.records, weighted);
    return concerned.length;
  }

  setWeight(recordId: string, weight: number): AlidnsRecord {
    const { domain, record } = this.changeable(recordId);
    const min = this.behaviour.weightZero === 'accept' ? 0 : 1;
    if (!Number.isInteger(weight) || weight < min || weight > 100)
      throw alidnsError.invalidWeight();
    this.requireWeightedType(record.type);
    if (isWildcard(record.rr)) throw alidnsError.wildcard();
    if (!record.isEnabled) throw alidnsError.recordDisabled();
    if (!domain.zone.weighted.has(recordSetKey(record))) throw alidnsError.weightingOff();
    return this.change(domain, record, { weight });
  }

  private requireWeightedType(type: string): void {
    const isRefused = type === 'CNAME' && this.behaviour.weightedCname === 'refuse';
    if (!WEIGHTED_TYPES.includes(type) || isRefused) throw alidnsError.unsupported();
  }

  private changeable(recordId: string): {
    readonly domain: AlidnsDomain;
    readonly record: AlidnsRecord;
  } {
    const record = this.record(recordId);
    const domain = this.writable(this.domain(record.domainName));
    if (record.isLocked && !this.isProvisioning)
      throw this.behaviour.lockedCode === 'DomainRecordLocked'
        ? alidnsError.recordLocked()
        : alidnsError.recordForbidden();
    return { domain, record };
  }

  private writable(domain: AlidnsDomain): AlidnsDomain {
    if (this.isProvisioning) return domain;
    if (domain.standing !== 'normal') throw REFUSALS[domain.standing]();
    if (domain.busyUntil > this.clock.now()) throw alidnsError.lastOperationNotFinished();
    return domain;
  }

  private change(domain: AlidnsDomain, record: AlidnsRecord, change: Change): AlidnsRecord {
    const changed = { ...record, ...change, updatedAt: this.clock.now() };
    this.write(
      domain,
      domain.zone.records.map((one) => (one === record ? changed : one)),
    );
    return changed;
  }

  private write(
    domain: AlidnsDomain,
    records: readonly AlidnsRecord[],
    weighted: ReadonlySet<string> = domain.zone.weighted,
  ): void {
    const now = this.clock.now();
    const delayMs = this.isProvisioning ? 0 : this.publishDelayMs;
    this.byName.set(domain.domainName, {
      ...published(domain, { records, weighted }, { now, delayMs }),
      busyUntil: this.isProvisioning ? domain.busyUntil : now + this.writeLockMs,
    });
  }
}

type Content = Pick<AlidnsRecord, 'rr' | 'type' | 'value' | 'ttlSeconds' | 'line' | 'priority'>;

const contentOf = (
  input: RecordInput,
  leftOut: Pick<AlidnsRecord, 'ttlSeconds' | 'line'>,
): Content => ({
  rr: input.rr.toLowerCase(),
  type: input.type.toUpperCase(),
  value: input.type.toUpperCase() === 'TXT' ? input.value : input.value.replace(/\.$/, ''),
  ttlSeconds: input.ttlSeconds ?? leftOut.ttlSeconds,
  line: input.line ?? leftOut.line,
  priority: input.priority,
});

const isSameContent = (one: Content, other: Content): boolean =>
  recordSetKey(one) === recordSetKey(other) &&
  one.value === other.value &&
  one.ttlSeconds === other.ttlSeconds &&
  one.priority === other.priority;

/** Host and domain of a full name, in the domain given or the narrowest of the account. */
export function splitName(
  model: AlidnsModel,
  name: string,
  domainName?: string,
): { readonly domain: AlidnsDomain; readonly rr: string } {
  const plain = name.toLowerCase().replace(/^@\./, '');
  const domain = domainName === undefined ? model.domainHolding(plain) : model.domain(domainName);
  const rr = hostOf(plain, domain.domainName);
  if (rr === undefined) throw alidnsError.invalidHost();
  return { domain, rr };
}
