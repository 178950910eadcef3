import { type LocalClock } from '../contracts';
import { type AlidnsDomain, type Zone, zoneAt } from './domain';
import { alidnsError } from './errors';
import { type AlidnsRecord } from './record';

/** The domains of the account, and how they are found. */
export class AlidnsState {
  protected readonly clock: Pick<LocalClock, 'now'>;
  protected readonly byName = new Map<string, AlidnsDomain>();

  constructor(clock: Pick<LocalClock, 'now'>) {
    this.clock = clock;
  }

  domains(): readonly AlidnsDomain[] {
    return [...this.byName.values()];
  }

  /** Throws `InvalidDomainName.NoExist` or `IncorrectDomainUser`. */
  domain(domainName: string): AlidnsDomain {
    const domain = this.byName.get(domainName.toLowerCase());
    if (domain === undefined) throw alidnsError.domainNotFound();
    if (domain.standing === 'of-another-account') throw alidnsError.foreignDomain();
    return domain;
  }

  /** The narrowest domain that holds a name. */
  domainHolding(name: string): AlidnsDomain {
    return this.domain(this.narrowest(name)?.domainName ?? '');
  }

  /** Throws `DomainRecordNotBelongToUser`. */
  record(recordId: string): AlidnsRecord {
    for (const { zone } of this.byName.values()) {
      const found = zone.records.find((record) => record.recordId === recordId);
      if (found !== undefined) return found;
    }
    throw alidnsError.recordGone();
  }

  /** What name servers answer from now for a name, or undefined when no domain here holds it. */
  publishedZone(name: string): Zone | undefined {
    const domain = this.narrowest(name);
    return domain && zoneAt(domain, this.clock.now());
  }

  private narrowest(name: string): AlidnsDomain | undefined {
    const labels = name.toLowerCase().split('.');
    for (let from = 0; from < labels.length; from++) {
      const domain = this.byName.get(labels.slice(from).join('.'));
      if (domain !== undefined) return domain;
    }
    return undefined;
  }
}
