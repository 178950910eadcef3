import { type Step } from '../domain/proposal';

/** A step in words. Example: `set weight 100 → 0 in lb-1/default`. */
export function describeStep(step: Step): string {
  switch (step.kind) {
    case 'set-weight':
      return `set weight ${step.from} → ${step.to} in ${place(step)}`;
    case 'tag':
      return describeTags(step);
    case 'restart-service':
      return 'restart the service through Cloud Assistant';
    case 'reboot':
      return 'reboot the instance';
    case 'launch':
      return `launch ${step.count} by ${step.attempts.map(({ option }) => option.name).join(', then ')}`;
    case 'start':
      return 'start the instance from the warm pool';
    case 'register':
      return `register at weight 0 in ${place(step)}`;
    case 'deregister':
      return `deregister from ${place(step)}`;
    case 'stop':
      return 'stop the instance economically';
    case 'delete':
      return 'delete the instance';
  }
}

const place = ({
  targetKey,
  port,
}: {
  readonly targetKey: string;
  readonly port: number;
}): string => `${targetKey}${port === 0 ? '' : ` port ${port}`}`;

function describeTags({ tags, removeKeys }: Extract<Step, { kind: 'tag' }>): string {
  const written = Object.keys(tags);
  const parts = [
    ...(written.length === 0 ? [] : [`tag ${written.join(', ')}`]),
    ...(removeKeys.length === 0 ? [] : [`remove tag ${removeKeys.join(', ')}`]),
  ];
  return parts.join(' and ');
}
