import { type NameStep } from '../../domain/failover/name-proposal';

/** A step in words. Example: `pause record 4711 on line default`. */
export function describeNameStep(step: NameStep): string {
  switch (step.kind) {
    case 'enable-record':
      return `enable record ${step.recordId} on line ${step.line}`;
    case 'pause-record':
      return `pause record ${step.recordId} on line ${step.line}`;
    case 'set-record-weight':
      return `set weight ${step.from ?? 'unknown'} → ${step.to} of record ${step.recordId} on line ${step.line}`;
    case 'remark-record':
      return step.remark === ''
        ? `take the note off record ${step.recordId}`
        : `note "${step.remark}" on record ${step.recordId}`;
    case 'open-weighting':
      return `have answers on line ${step.line} drawn by weight`;
    case 'request-floor':
      return `ask ${step.poolName} in ${step.regionId} to hold at least ${step.count} instances`;
  }
}
