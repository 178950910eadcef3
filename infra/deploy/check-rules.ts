import { type DeploymentSettings } from '../../shared/config/fleet-policy';
import { type FunctionBlocks } from './block-rule';
import { errorAt, type Finding, warningAt } from './finding';
import { LIMIT_RULES } from './limit-rules';
import { TRIGGER_RULES } from './trigger-rules';

/** Instances of a region, for all functions of the account, until a ticket raises it. */
const REGION_INSTANCES = 100;

function togetherRules(blocks: FunctionBlocks): readonly Finding[] {
  const all = Object.values(blocks);
  const reserved = all.reduce((sum, one) => sum + one.concurrencyConfig.reservedConcurrency, 0);
  const names = all.map(({ functionName }) => functionName);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  return [
    ...(reserved > REGION_INSTANCES
      ? [
          warningAt(
            'resources',
            `reserve ${reserved} instances together`,
            'A region has 100 by default: reserve less, or have the quota raised first.',
          ),
        ]
      : []),
    ...twice.map((name) =>
      errorAt('resources', `two functions are called ${name}`, 'Give each a name of its own.'),
    ),
    ...(new Set(all.map(({ region }) => region)).size > 1
      ? [
          errorAt(
            'resources',
            'lie in more than one region',
            'Deploy once for each region; a region’s functions call each other.',
          ),
        ]
      : []),
  ];
}

/** What no schema can say: limits that follow from how the functions work together. */
export const checkRules = (
  blocks: FunctionBlocks,
  settings: DeploymentSettings,
): readonly Finding[] => [
  ...Object.entries(blocks).flatMap(([name, props]) =>
    [...LIMIT_RULES, ...TRIGGER_RULES].flatMap((rule) => rule(name, props, { settings, blocks })),
  ),
  ...togetherRules(blocks),
];
