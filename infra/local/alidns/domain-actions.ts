import { type Action, type Parameters } from '../contracts';
import { requiredText } from '../request-parameters';
import { minuteText } from '../time-text';
import { type AlidnsDomain } from './domain';
import { broaderLine, COMMON_LINES } from './line';
import { type AlidnsModel } from './model';
import { pageOf } from './paging';
import { NAME_SERVERS } from './resource-record';

const DOMAINS_PER_PAGE_MAX = 100;

/** Actions on domains. */
export const domainActions = (model: AlidnsModel): Readonly<Record<string, Action>> => ({
  AddDomain: (parameters) =>
    domainFields(model.addDomain({ domainName: requiredText(parameters, 'DomainName') })),
  DescribeDomains: (parameters) => describeDomains(model, parameters),
  DescribeDomainInfo: (parameters) => {
    const domain = model.domain(requiredText(parameters, 'DomainName'));
    return {
      ...domainFields(domain),
      CreateTime: minuteText(domain.createdAt),
      MinTtl: domain.edition.minTtl,
      AvailableTtls: { AvailableTtl: availableTtls(domain).map(String) },
      RecordLines: { RecordLine: linesOf(domain).map(lineFields) },
      InBlackHole: domain.standing === 'black-hole',
      InClean: false,
      RegionLines: domain.edition.hasFineLines,
      SlaveDns: false,
      SubDomain: false,
      LineType: domain.edition.hasFineLines ? 'region_province' : 'default',
    };
  },
});

function describeDomains(model: AlidnsModel, parameters: Parameters): object {
  const wanted = parameters['KeyWord']?.toLowerCase() ?? '';
  const found = model.domains().filter(({ domainName }) => domainName.includes(wanted));
  const { items, fields } = pageOf(found, parameters, DOMAINS_PER_PAGE_MAX);
  const Domain = items.map((domain) => ({
    ...domainFields(domain),
    CreateTime: minuteText(domain.createdAt),
    CreateTimestamp: domain.createdAt,
    RecordCount: domain.zone.records.length,
  }));
  return { ...fields, Domains: { Domain } };
}

const domainFields = ({ domainName, domainId, edition }: AlidnsDomain): object => ({
  DomainId: domainId,
  DomainName: domainName,
  PunyCode: domainName,
  AliDomain: true,
  GroupId: '',
  GroupName: '',
  VersionCode: edition.code,
  DnsServers: { DnsServer: NAME_SERVERS },
});

const availableTtls = ({ edition }: AlidnsDomain): readonly number[] =>
  [1, 5, 10, 60, 120, 600, 1800, 3600, 43_200, 86_400].filter((ttl) => ttl >= edition.minTtl);

/** Lines that every edition has, custom ones, and of the finer ones those in use: the whole list has hundreds. */
const linesOf = ({ customLines, zone }: AlidnsDomain): readonly string[] => [
  ...new Set([...COMMON_LINES, ...customLines, ...zone.records.map(({ line }) => line)]),
];

const lineFields = (line: string): object => ({
  LineCode: line,
  LineName: line,
  LineDisplayName: line,
  ...(broaderLine(line) !== undefined && { FatherCode: broaderLine(line) }),
});
