import { backOffKey } from '../domain/launch-back-off';
import { type LaunchOption } from '../domain/scale-policy';
import { shareOf } from '../domain/units';
import { remarkIf, type Remark } from './lint-rule';
import { scaleRules, type ScaledPool } from './lint-scale-rule';
import { formatShare } from './notation';

const OPTIONS = ['launch', 'options'] as const;

/** One remark for every option that a condition holds for; `at` is relative to the option. */
const ofOptions = (
  { scale: { launch } }: ScaledPool,
  holds: (option: LaunchOption, earlier: readonly LaunchOption[]) => boolean,
  remark: (option: LaunchOption) => Remark,
): readonly Remark[] =>
  launch.options.flatMap((option, index) =>
    remarkIf(holds(option, launch.options.slice(0, index)), () => {
      const { at, ...rest } = remark(option);
      return { ...rest, at: [...OPTIONS, index, ...at] };
    }),
  );

const isSpot = ({ chargeType }: LaunchOption): boolean => chargeType === 'spot';

/** Whether the ways to launch can be tried, and told apart. */
export const LAUNCH_OPTION_RULES = scaleRules([
  {
    code: 'launch-option-repeated',
    severity: 'error',
    about: 'Two options of one name could not be told apart.',
    check: (subject) =>
      ofOptions(
        subject,
        ({ name }, earlier) => earlier.some((other) => other.name === name),
        ({ name }) => ({
          at: ['name'],
          sentence: `Another option is named ${name} already: launches remember their option by its name.`,
          remedy: 'Give it a name of its own, or remove it.',
        }),
      ),
  },
  {
    code: 'launch-option-same-key',
    severity: 'error',
    about: 'Two options are the same: when one is out of stock, so is the other.',
    check: (subject) => {
      const isSame = (one: LaunchOption, other: LaunchOption): boolean =>
        backOffKey('', one) === backOffKey('', other) && one.vSwitchId === other.vSwitchId;
      return ofOptions(
        subject,
        (option, earlier) => earlier.some((other) => isSame(option, other)),
        ({ name, zoneId, instanceType, chargeType }) => ({
          at: [],
          sentence: `${name} is ${instanceType}, ${chargeType}, in ${zoneId}, as an earlier option is: it would never be tried when that one fails.`,
          remedy: 'Use another zone, type or charge type, or remove it.',
        }),
      );
    },
  },
  {
    code: 'launch-option-shared-back-off',
    severity: 'info',
    about: 'Two options differ in their vSwitch only, and back off together.',
    check: (subject) =>
      ofOptions(
        subject,
        (option, earlier) =>
          earlier.some(
            (other) =>
              backOffKey('', option) === backOffKey('', other) &&
              option.vSwitchId !== other.vSwitchId,
          ),
        ({ name }) => ({
          at: ['vSwitch'],
          sentence: `${name} differs from an earlier option in its vSwitch only: it helps when that one is full, and when stock is out both are left alone.`,
          remedy: 'Nothing to do, if that is what you mean.',
        }),
      ),
  },
  {
    code: 'launch-zone-outside-region',
    severity: 'error',
    about: 'A zone of another region.',
    check: (subject) =>
      ofOptions(
        subject,
        ({ zoneId }) => !zoneId.startsWith(subject.pool.regionId),
        ({ zoneId }) => ({
          at: ['zone'],
          sentence: `Zone ${zoneId} is not in the pool’s region ${subject.pool.regionId}: zone ids begin with their region’s.`,
          remedy: 'Use a zone of the region, or set the pool’s region.',
        }),
      ),
  },
  {
    code: 'launch-weights-partial',
    severity: 'error',
    about: 'Some options have a weight and some have none.',
    check: (subject) => {
      const isWeighted = subject.scale.launch.options.some(({ weight }) => weight !== null);
      return ofOptions(
        subject,
        ({ weight }) => isWeighted && weight === null,
        ({ name }) => ({
          at: [],
          sentence: `${name} has no weight and others have: it is not clear whether its share is nothing or whatever is left.`,
          remedy: 'Give it a weight, 0 for a fallback only, or remove all weights.',
        }),
      );
    },
  },
  {
    code: 'launch-spot-share-zero',
    severity: 'warning',
    about: 'Spot options that may never be used.',
    check: (subject) =>
      remarkIf(
        subject.scale.launch.spotShareMax === 0 && subject.scale.launch.options.some(isSpot),
        () => ({
          at: ['launch', 'spotShareMax'],
          sentence: `No instance may be spot, and ${String(subject.scale.launch.options.filter(isSpot).length)} of the options are: they are never tried.`,
          remedy: 'Raise spotShareMax, or remove them.',
        }),
      ),
  },
  {
    code: 'launch-spot-share-below-min',
    severity: 'error',
    about: 'All options are spot and not all instances may be: min cannot be reached.',
    check: ({ scale: { min, launch } }) => {
      const room = shareOf(min, launch.spotShareMax);
      return remarkIf(launch.options.every(isSpot) && room < min, () => ({
        at: ['launch', 'spotShareMax'],
        sentence: `Every option is spot and at most ${formatShare(launch.spotShareMax)} of the instances may be: of min ${min} only ${room} could be launched.`,
        remedy: 'Add a pay-as-you-go option, or set spotShareMax to 100%.',
      }));
    },
  },
  {
    code: 'launch-price-without-spot',
    severity: 'warning',
    about: 'A highest price for an instance that is not spot.',
    check: (subject) =>
      ofOptions(
        subject,
        (option) => !isSpot(option) && option.spotPriceMax !== null,
        ({ name }) => ({
          at: ['spotPriceMax'],
          sentence: `${name} is pay-as-you-go, which has no highest price.`,
          remedy: 'Set chargeType to spot, or remove spotPriceMax.',
        }),
      ),
  },
]);
