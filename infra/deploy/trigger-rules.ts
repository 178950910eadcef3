import { type BlockRule, placeOf } from './block-rule';
import { errorAt } from './finding';

/** Who is woken how: without it nobody ever calls the function. */
const NEEDED_TRIGGERS: Readonly<Record<string, 'http' | 'timer' | 'eventbridge'>> = {
  'on-alarm': 'http',
  'on-event': 'eventbridge',
  'on-timer': 'timer',
};

const triggerRule: BlockRule = (name, { triggers = [] }) => {
  const needed = NEEDED_TRIGGERS[name];
  const types = triggers.map(({ triggerType }) => triggerType);
  const place = placeOf(name, 'triggers');
  return [
    ...(needed === undefined || types.includes(needed)
      ? []
      : [
          errorAt(
            place,
            `has no ${needed} trigger, so that nothing wakes it`,
            `Add one of type ${needed}.`,
          ),
        ]),
    ...(types.filter((type) => type === 'http').length > 1
      ? [errorAt(place, 'has two HTTP triggers', 'The platform takes one for each version.')]
      : []),
  ];
};

/** `authType: function` asks for a signature that CloudMonitor does not make. */
const alarmDoorRule: BlockRule = (name, { triggers = [] }) =>
  triggers.flatMap((trigger) => {
    if (name !== 'on-alarm' || trigger.triggerType !== 'http') return [];
    const { authType, methods, disableURLInternet } = trigger.triggerConfig;
    const place = placeOf(name, `triggers.${trigger.triggerName}.triggerConfig`);
    return [
      ...(authType === 'anonymous'
        ? []
        : [
            errorAt(
              place,
              'CloudMonitor signs nothing, so that every alarm would be refused',
              'Write `authType: anonymous`; the function checks a secret of its own.',
            ),
          ]),
      ...(methods.includes('POST')
        ? []
        : [errorAt(place, 'CloudMonitor calls with POST', 'Add POST.')]),
      ...(disableURLInternet === true
        ? [
            errorAt(
              place,
              'CloudMonitor calls from the internet',
              'Write `disableURLInternet: false`.',
            ),
          ]
        : []),
    ];
  });

const patternRule: BlockRule = (name, { triggers = [] }) =>
  triggers.flatMap((trigger) => {
    if (trigger.triggerType !== 'eventbridge') return [];
    try {
      JSON.parse(trigger.triggerConfig.eventRuleFilterPattern);
      return [];
    } catch {
      return [
        errorAt(
          placeOf(name, `triggers.${trigger.triggerName}`),
          'eventRuleFilterPattern is not JSON',
          'Correct the pattern; it is JSON inside a text.',
        ),
      ];
    }
  });

/** Who wakes a function, and whether it hears them. */
export const TRIGGER_RULES: readonly BlockRule[] = [triggerRule, alarmDoorRule, patternRule];
