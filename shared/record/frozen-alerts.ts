import { type Alert } from '../domain/proposal';
import { type Tick } from '../domain/tick';
import { describeStep } from './describe-step';
import { instantText } from './text';

/**
 * Calls people when a freeze withholds something: what they forbade may by now be what would help. Critical when it keeps capacity
 * from coming back. Nothing is said while there is nothing to do.
 */
export function frozenAlerts({
  pool,
  proposal,
  plan,
}: Pick<Tick, 'pool' | 'proposal' | 'plan'>): readonly Alert[] {
  const { freeze, poolName } = pool;
  const frozen = plan.withheld.filter(({ rule }) => rule === 'guard-frozen');
  if (freeze === undefined || frozen.length === 0) return [];
  const texts = frozen.map(({ step }) => `${step.instanceId}: ${describeStep(step)}`);
  const more = texts.length > 3 ? ` and ${texts.length - 3} more` : '';
  const isNeeded =
    proposal.isPanic ||
    frozen.some(({ step }) => step.kind === 'set-weight' && step.to > step.from);
  return [
    {
      key: 'guard-frozen',
      severity: isNeeded ? 'critical' : 'warning',
      reason: 'guard-frozen',
      instanceId: null,
      message: `${poolName} is frozen by ${freeze.by} until ${instantText(freeze.until)} (${freeze.reason}); withheld: ${texts.slice(0, 3).join('; ')}${more}`,
    },
  ];
}
