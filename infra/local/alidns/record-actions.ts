import { type Action, type Parameters } from '../contracts';
import { optionalText, requiredText } from '../request-parameters';
import { type AlidnsDomain } from './domain';
import { alidnsError } from './errors';
import { type AlidnsModel, splitName } from './model';
import { pageOf } from './paging';
import { type AlidnsRecord, type RecordInput, recordSetKey, WEIGHTED_TYPES } from './record';
import { recordSearch, statusOf } from './record-search';

const RECORDS_PER_PAGE_MAX = 500;
const RECORDS_OF_NAME_PER_PAGE_MAX = 100;

/** Actions on records. */
export const recordActions = (model: AlidnsModel): Readonly<Record<string, Action>> => ({
  DescribeDomainRecords: (parameters) => describeDomainRecords(model, parameters),
  DescribeSubDomainRecords: (parameters) => describeSubDomainRecords(model, parameters),
  DescribeDomainRecordInfo: (parameters) => {
    const record = model.record(recordIdOf(parameters));
    const { domainId, domainName } = model.domain(record.domainName);
    return { ...recordFields(record), DomainId: domainId, PunyCode: domainName, GroupId: '' };
  },
  AddDomainRecord: (parameters) => {
    const { recordId } = model.addRecord(
      requiredText(parameters, 'DomainName'),
      recordInput(parameters),
    );
    return { RecordId: recordId };
  },
  UpdateDomainRecord: (parameters) => {
    const { recordId } = model.updateRecord(recordIdOf(parameters), recordInput(parameters));
    return { RecordId: recordId };
  },
  DeleteDomainRecord: (parameters) => {
    const recordId = recordIdOf(parameters);
    model.deleteRecord(recordId);
    return { RecordId: recordId };
  },
  DeleteSubDomainRecords: (parameters) => {
    const rr = requiredText(parameters, 'RR');
    const domainName = requiredText(parameters, 'DomainName');
    const type = optionalText(parameters, 'Type')?.toUpperCase();
    const count = model.deleteRecords(domainName, rr.toLowerCase(), type);
    return { RR: rr, TotalCount: String(count) };
  },
  SetDomainRecordStatus: (parameters) => {
    const recordId = recordIdOf(parameters);
    const isEnabled = wantedStatus(requiredText(parameters, 'Status'));
    model.setEnabled(recordId, isEnabled);
    return { RecordId: recordId, Status: isEnabled ? 'Enable' : 'Disable' };
  },
  UpdateDomainRecordRemark: (parameters) => {
    model.setRemark(recordIdOf(parameters), parameters['Remark'] ?? '');
    return {};
  },
});

const recordIdOf = (parameters: Parameters): string => requiredText(parameters, 'RecordId');

/** Requests write it in any case. */
function wantedStatus(text: string): boolean {
  const status = text.toUpperCase();
  if (status !== 'ENABLE' && status !== 'DISABLE') throw alidnsError.invalidStatus();
  return status === 'ENABLE';
}

function recordInput(parameters: Parameters): RecordInput {
  const number = (name: string): number | undefined =>
    parameters[name] ? Number(parameters[name]) : undefined;
  const ttlSeconds = number('TTL');
  const priority = number('Priority');
  return {
    rr: requiredText(parameters, 'RR'),
    type: requiredText(parameters, 'Type'),
    value: requiredText(parameters, 'Value'),
    ...(ttlSeconds !== undefined && { ttlSeconds }),
    ...(priority !== undefined && { priority }),
    ...(parameters['Line'] && { line: parameters['Line'] }),
  };
}

/** Newest first, unless asked otherwise. */
const inOrder = (
  records: readonly AlidnsRecord[],
  parameters: Parameters,
): readonly AlidnsRecord[] =>
  parameters['Direction']?.toUpperCase() === 'ASC' ? records : records.toReversed();

function describeDomainRecords(model: AlidnsModel, parameters: Parameters): object {
  const domain = model.domain(requiredText(parameters, 'DomainName'));
  const found = domain.zone.records.filter(recordSearch(parameters));
  return recordList(domain, inOrder(found, parameters), parameters, RECORDS_PER_PAGE_MAX);
}

function describeSubDomainRecords(model: AlidnsModel, parameters: Parameters): object {
  const subDomain = requiredText(parameters, 'SubDomain');
  const { domain, rr } = splitName(model, subDomain, optionalText(parameters, 'DomainName'));
  const type = parameters['Type']?.toUpperCase() ?? '';
  const line = parameters['Line'] ?? '';
  const found = domain.zone.records.filter(
    (record) =>
      record.rr === rr &&
      (type === '' || record.type === type) &&
      (line === '' || record.line === line),
  );
  return recordList(domain, inOrder(found, parameters), parameters, RECORDS_OF_NAME_PER_PAGE_MAX);
}

function recordList(
  { zone }: AlidnsDomain,
  found: readonly AlidnsRecord[],
  parameters: Parameters,
  sizeMax: number,
): object {
  const { items, fields } = pageOf(found, parameters, sizeMax);
  const Record = items.map((record) => ({
    ...recordFields(record),
    ...(WEIGHTED_TYPES.includes(record.type) && { Weight: record.weight }),
    LbaStatus: zone.weighted.has(recordSetKey(record)),
    CreateTimestamp: record.createdAt,
    UpdateTimestamp: record.updatedAt,
  }));
  return { ...fields, DomainRecords: { Record } };
}

const recordFields = (record: AlidnsRecord): object => ({
  DomainName: record.domainName,
  RecordId: record.recordId,
  RR: record.rr,
  Type: record.type,
  Value: record.value,
  TTL: record.ttlSeconds,
  Line: record.line,
  Status: statusOf(record),
  Locked: record.isLocked,
  ...(record.priority !== undefined && { Priority: record.priority }),
  ...(record.remark !== '' && { Remark: record.remark }),
});
