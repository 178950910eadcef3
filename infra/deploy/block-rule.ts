import { type DeploymentSettings } from '../../shared/config/fleet-policy';
import { type Finding } from './finding';
import { type FunctionProps } from './serverless-schema';

/** The functions of a file, by the name of their block. */
export type FunctionBlocks = Readonly<Record<string, FunctionProps>>;

export type BlockRule = (
  name: string,
  props: FunctionProps,
  context: { readonly settings: DeploymentSettings; readonly blocks: FunctionBlocks },
) => readonly Finding[];

/** Where a key of a block stands. */
export const placeOf = (name: string, key: string): string => `resources.${name}.props.${key}`;
