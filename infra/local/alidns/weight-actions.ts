import { type Action, type Parameters } from '../contracts';
import { optionalText, requiredText } from '../request-parameters';
import { type AlidnsDomain } from './domain';
import { alidnsError } from './errors';
import { type AlidnsModel, splitName } from './model';
import { pageOf } from './paging';
import { APEX, recordSetKey, WEIGHTED_TYPES } from './record';

const NAMES_PER_PAGE_MAX = 100;

/** Actions on weights. */
export const weightActions = (model: AlidnsModel): Readonly<Record<string, Action>> => ({
  SetDNSSLBStatus: (parameters) => setWeighting(model, parameters),
  UpdateDNSSLBWeight: (parameters) => {
    const recordId = requiredText(parameters, 'RecordId');
    const weight = Number(requiredText(parameters, 'Weight'));
    model.setWeight(recordId, weight);
    return { RecordId: recordId, Weight: weight };
  },
  DescribeDNSSLBSubDomains: (parameters) => describeNames(model, parameters),
});

function setWeighting(model: AlidnsModel, parameters: Parameters): object {
  const subDomain = requiredText(parameters, 'SubDomain');
  const { domain, rr } = splitName(model, subDomain, optionalText(parameters, 'DomainName'));
  const isOn = booleanOf(optionalText(parameters, 'Open') ?? 'true');
  const count = model.setWeighting(
    {
      domainName: domain.domainName,
      rr,
      type: (optionalText(parameters, 'Type') ?? 'A').toUpperCase(),
      ...(parameters['Line'] && { line: parameters['Line'] }),
    },
    isOn,
  );
  return { Open: isOn, RecordCount: count };
}

function booleanOf(text: string): boolean {
  const value = text.toLowerCase();
  if (value !== 'true' && value !== 'false') throw alidnsError.invalidParameter('Open');
  return value === 'true';
}

/** Names with more than one record of a type that can have weights, and those that have weights. */
function describeNames(model: AlidnsModel, parameters: Parameters): object {
  const domain = model.domain(requiredText(parameters, 'DomainName'));
  const wanted = parameters['Rr']?.toLowerCase() ?? '';
  const names = namesOf(domain).filter(({ rr }) => wanted === '' || rr === wanted);
  const { items, fields } = pageOf(names, parameters, NAMES_PER_PAGE_MAX);
  return {
    ...fields,
    SlbSubDomains: { SlbSubDomain: items.map((name) => nameFields(domain, name)) },
  };
}

interface NameOfType {
  readonly rr: string;
  readonly type: string;
}

const namesOf = ({ zone }: AlidnsDomain): readonly NameOfType[] => {
  const names = new Map<string, NameOfType & { count: number; isWeighted: boolean }>();
  for (const record of zone.records.filter(({ type }) => WEIGHTED_TYPES.includes(type))) {
    const { rr, type } = record;
    const key = `${rr} ${type}`;
    const name = names.get(key) ?? { rr, type, count: 0, isWeighted: false };
    name.count++;
    name.isWeighted ||= zone.weighted.has(recordSetKey(record));
    names.set(key, name);
  }
  return [...names.values()].filter(({ count, isWeighted }) => count > 1 || isWeighted);
};

function nameFields({ domainName, zone }: AlidnsDomain, { rr, type }: NameOfType): object {
  const records = zone.records.filter((record) => record.rr === rr && record.type === type);
  const LineAlgorithm = [...new Set(records.map(({ line }) => line))].map((Line) => ({
    Line,
    Open: zone.weighted.has(recordSetKey({ rr, type, line: Line })),
  }));
  return {
    SubDomain: rr === APEX ? `${APEX}.${domainName}` : `${rr}.${domainName}`,
    Type: type,
    Open: LineAlgorithm.some(({ Open }) => Open),
    RecordCount: records.length,
    LineAlgorithms: { LineAlgorithm },
  };
}
