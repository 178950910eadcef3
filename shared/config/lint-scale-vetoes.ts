import { remarkIf } from './lint-rule';
import { isLayer4Only, scaleRules, signalsOf } from './lint-scale-rule';

/** Whether anything tells a quiet night from an outage. */
export const SCALE_VETO_RULES = scaleRules([
  {
    code: 'scale-vetoes-off',
    severity: 'warning',
    about: 'Nothing forbids scaling in, whatever state the pool is in.',
    check: ({ scale: { vetoes, in: inwards } }) =>
      remarkIf(
        inwards.enabled &&
          vetoes.errorShare === null &&
          vetoes.latencyMs === null &&
          vetoes.unhealthyShare === null,
        () => ({
          at: ['vetoes'],
          sentence:
            'Errors, latency and unhealthy instances are all switched off as vetoes: in an outage, which makes everything look idle, instances are taken away.',
          remedy: 'Leave errorShare or unhealthyShare on, or name a latency.',
        }),
      ),
  },
  {
    code: 'scale-cpu-alone',
    severity: 'warning',
    about: 'CPU alone would scale in, though an outage makes CPU idle as well.',
    check: (subject) => {
      const { vetoes, in: inwards } = subject.scale;
      const signals = signalsOf(subject);
      const isAlone = signals.length > 0 && signals.every((signal) => signal === 'cpu');
      const isUnguarded = vetoes.errorShare === null && vetoes.latencyMs === null;
      return remarkIf(inwards.enabled && isAlone && isUnguarded, () => ({
        at: ['vetoes'],
        sentence:
          'CPU is the only signal, and neither errors nor latency forbid scaling in: lost packets make CPU idle, and the pool shrinks in the middle of the outage.',
        remedy: 'Set vetoes.errorShare or vetoes.latency, or follow requests or connections too.',
      }));
    },
  },
  {
    code: 'scale-veto-never-known',
    severity: 'warning',
    about: 'A veto needs a figure that layer-4 listeners do not have: nothing would ever leave.',
    check: (subject) => {
      const { vetoes, in: inwards } = subject.scale;
      const needed = [
        ...(vetoes.errorShare === null ? [] : ['errorShare']),
        ...(vetoes.latencyMs === null ? [] : ['latency']),
      ];
      return remarkIf(inwards.enabled && isLayer4Only(subject) && needed.length > 0, () => ({
        at: ['vetoes'],
        sentence: `All known listeners are TCP or UDP, for which the load balancer counts neither errors nor response times: ${needed.join(' and ')} stays unknown, and the unknown forbids every scale-in.`,
        remedy: `Set vetoes.${needed.join(' and vetoes.')} to null, unless request statistics come from elsewhere.`,
      }));
    },
  },
]);
