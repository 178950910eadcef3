import { VendorError } from '../contracts';

const refusal = (code: string, message: string) => (): VendorError =>
  new VendorError(400, code, message);

/**
 * The vendor's refusals that Alidns uses. Codes are the vendor's; those of `SubDomainInvalid` other than `Value` are taken over from its
 * pattern, since no public page lists them.
 */
export const alidnsError = {
  invalidParameter: (name: string): VendorError =>
    new VendorError(400, 'InvalidParameter', `The specified parameter "${name}" is not valid.`),
  lastOperationNotFinished: refusal(
    'LastOperationNotFinished',
    'The last operation on this domain name has not finished; please try again later.',
  ),
  duplicate: refusal('DomainRecordDuplicate', 'The DNS record already exists.'),
  conflict: refusal('DomainRecordConflict', 'The DNS record conflicts with other records.'),
  recordLocked: refusal('DomainRecordLocked', 'The DNS record is locked.'),
  recordForbidden: refusal('Forbidden.RecordLocked', 'The DNS record is locked.'),
  recordGone: refusal(
    'DomainRecordNotBelongToUser',
    'The DNS record does not belong to this account.',
  ),
  foreignDomain: refusal('IncorrectDomainUser', 'The domain name does not belong to this account.'),
  domainNotFound: refusal('InvalidDomainName.NoExist', 'The domain name does not exist.'),
  domainMalformed: refusal('InvalidDomainName.Format', 'The domain name is malformed.'),
  domainExists: refusal(
    'InvalidDomainName.Duplicate',
    'The domain name is in the list of this account already.',
  ),
  invalidStatus: refusal('InvalidStatus', 'The specified Status is not valid.'),
  recordQuota: refusal(
    'QuotaExceeded.Record',
    'The number of records with this type, host and line is at its maximum.',
  ),
  addressQuota: refusal(
    'QuotaExceeded.ARecord',
    'The number of address records with this host and line is at its maximum.',
  ),
  recordDisabled: refusal('DomainRecordDisable', 'The DNS record is paused.'),
  weightingOff: refusal('DisableDNSSLB', 'Weighting is not enabled for this name.'),
  wildcard: refusal('PanDomainRecord', 'A wildcard record cannot have a weight.'),
  // The vendor's own spelling.
  invalidWeight: refusal('InvalidWeigth', 'The specified Weight is not valid.'),
  domainForbidden: refusal('DomainForbidden', 'The domain name is blocked.'),
  blackHole: refusal(
    'RecordForbidden.BlackHole',
    'Records of the domain name are in a black hole.',
  ),
  migration: refusal('RecordForbidden.DNSChange', 'The DNS servers are being changed.'),
  invalidHost: refusal('InvalidRR.Format', 'The host record is malformed.'),
  noSuchHost: refusal('InvalidRR.NoExist', 'The host record does not exist.'),
  invalidValue: refusal(
    'SubDomainInvalid.Value',
    'The DNS record is invalid or in the wrong format.',
  ),
  invalidTtl: refusal('SubDomainInvalid.TTL', 'The TTL is not valid for this edition.'),
  invalidLine: refusal('SubDomainInvalid.Line', 'The line is not valid for this edition.'),
  invalidType: refusal('SubDomainInvalid.Type', 'The record type is not valid.'),
  invalidPriority: refusal(
    'SubDomainInvalid.Priority',
    'An MX record needs a priority from 1 to 50.',
  ),
  unsupported: refusal(
    'UnsupportedOperation',
    'The operation is not supported for this record type.',
  ),
};
