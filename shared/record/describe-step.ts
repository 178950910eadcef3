import { type Step } from '../domain/proposal';

/** A step in words. Example: `set weight 100 → 0 in lb-1/default`. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'set-weight':
      return `set weight ${step.from} → ${step.to} in ${step.targetKey}${step.port === 0 ? '' : ` port ${step.port}`}`;
    case 'tag':
      return describeTags(step);
    case 'restart-service':
      return 'restart the service through Cloud Assistant';
    case 'reboot':
      return 'reboot the instance';
  }
}

function describeTags({ tags, removeKeys }: Extract<Step, { kind: 'tag' }>): string {
  const written = Object.keys(tags);
  const parts = [
    ...(written.length === 0 ? [] : [`tag ${written.join(', ')}`]),
    ...(removeKeys.length === 0 ? [] : [`remove tag ${removeKeys.join(', ')}`]),
  ];
  return parts.join(' and ');
}
