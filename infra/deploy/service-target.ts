import { type FunctionBlocks } from './block-rule';
import { type FunctionProps } from './serverless-schema';

/** Settings of an object of FC 2.0, under the names of API 2016-08-15. */
export type Settings = Readonly<Record<string, unknown>>;

/** A function of a service as it should be. */
export interface TargetFunction {
  /** Its block in `s.yaml`, and the name of its package. */
  readonly block: string;
  readonly name: string;
  readonly settings: Settings;
  readonly asyncConfig: Settings;
  /** Most instances at once. */
  readonly instancesMax: number;
  readonly triggers: readonly TargetTrigger[];
}

export interface TargetTrigger {
  readonly name: string;
  readonly settings: Settings;
}

/** What an FC 2.0 deployment should look like. */
export interface ServiceTarget {
  readonly service: string;
  readonly settings: Settings;
  readonly functions: readonly TargetFunction[];
}

export interface TargetOptions {
  readonly service: string;
  /** Of the service: FC 2.0 knows one role for all of its functions. As an ARN. */
  readonly role: string;
  /** Default: the runtime of `s.yaml`. */
  readonly runtime?: string | undefined;
}

/**
 * The same deployment as a service with functions: role, VPC, file system and logs are the service's there, and each function knows its
 * service from `EVENKEEL_FC_SERVICE`. Throws when blocks differ in what a service has once.
 */
export function serviceTarget(blocks: FunctionBlocks, options: TargetOptions): ServiceTarget {
  return {
    service: options.service,
    settings: serviceSettings(blocks, options),
    functions: Object.entries(blocks).map(([block, props]) => ({
      block,
      name: props.functionName,
      settings: functionSettings(props, options),
      asyncConfig: props.asyncInvokeConfig,
      instancesMax: props.concurrencyConfig.reservedConcurrency,
      triggers: (props.triggers ?? []).map(({ triggerName, ...settings }) => ({
        name: triggerName,
        settings: { triggerName, ...settings },
      })),
    })),
  };
}

const SHARED_KEYS = ['vpcConfig', 'nasConfig', 'logConfig', 'internetAccess'] as const;

function serviceSettings(blocks: FunctionBlocks, { role }: TargetOptions): Settings {
  const [first, ...others] = Object.values(blocks);
  if (first === undefined) throw new Error('There is no function to deploy.');
  for (const key of SHARED_KEYS)
    if (others.some((one) => JSON.stringify(one[key]) !== JSON.stringify(first[key])))
      throw new Error(`${key} differs between functions; a service of FC 2.0 has one for all.`);
  return {
    description: 'Evenkeel',
    role,
    internetAccess: first.internetAccess ?? true,
    ...vpcOf(first),
    ...nasOf(first),
    ...logOf(first),
  };
}

function vpcOf({ vpcConfig }: FunctionProps): Settings {
  if (vpcConfig === undefined) return {};
  if (vpcConfig === 'auto') throw new Error('vpcConfig: auto is for `s` alone; name the VPC.');
  const { vpcId, vSwitchIds, securityGroupId } = vpcConfig;
  return { vpcConfig: { vpcId, vSwitchIds, securityGroupId } };
}

const nasOf = ({ nasConfig }: FunctionProps): Settings =>
  nasConfig === undefined ? {} : { nasConfig };

/** `auto` is for `s`, which creates a project; without one the service logs nothing. */
const logOf = ({ logConfig }: FunctionProps): Settings =>
  logConfig === undefined || logConfig === 'auto' ? {} : { logConfig };

function functionSettings(props: FunctionProps, { service, runtime }: TargetOptions): Settings {
  const variables = Object.entries(props.environmentVariables);
  return {
    functionName: props.functionName,
    description: props.description ?? '',
    runtime: runtime ?? props.runtime,
    handler: props.handler,
    timeout: props.timeout,
    memorySize: props.memorySize,
    cpu: props.cpu,
    diskSize: props.diskSize,
    environmentVariables: {
      ...Object.fromEntries(variables.filter(([, value]) => value !== '')),
      EVENKEEL_FC_SERVICE: service,
    },
  };
}
