import { crc64 } from './crc64';
import {
  type ServiceTarget,
  type Settings,
  type TargetFunction,
  type TargetTrigger,
} from './service-target';

/** What a plan is made of and applied with; the vendor's client has it in `ServiceManagement`. Looks give null for what there is not. */
export interface ServiceApi {
  service(service: string): Promise<Settings | null>;
  createService(service: string, settings: Settings): Promise<void>;
  updateService(service: string, settings: Settings): Promise<void>;
  function(service: string, name: string): Promise<Settings | null>;
  createFunction(service: string, settings: Settings): Promise<void>;
  updateFunction(service: string, name: string, settings: Settings): Promise<void>;
  trigger(service: string, name: string, trigger: string): Promise<Settings | null>;
  createTrigger(service: string, name: string, settings: Settings): Promise<void>;
  updateTrigger(service: string, name: string, trigger: string, settings: Settings): Promise<void>;
  asyncConfig(service: string, name: string): Promise<Settings | null>;
  putAsyncConfig(service: string, name: string, settings: Settings): Promise<void>;
  onDemandConfig(service: string, name: string): Promise<Settings | null>;
  putOnDemandConfig(service: string, name: string, settings: Settings): Promise<void>;
  deleteTrigger(service: string, name: string, trigger: string): Promise<void>;
  deleteFunction(service: string, name: string): Promise<void>;
  deleteService(service: string): Promise<void>;
}

/** One call that would change something. */
export interface ServiceStep {
  readonly verb: 'create' | 'change' | 'delete';
  /** Such as `function on-alarm`. */
  readonly what: string;
  /** Names of what differs; values may be secrets. */
  readonly differing: readonly string[];
  readonly run: (api: ServiceApi) => Promise<void>;
}

/** Archive of a function, by its block. */
export type PackageOf = (block: string) => Buffer;

/** Looks at what there is and gives what it takes to make it the target, in order. Nothing is ever removed. Empty: nothing to do. */
export async function planService(
  target: ServiceTarget,
  api: ServiceApi,
  packageOf: PackageOf,
): Promise<readonly ServiceStep[]> {
  const steps: ServiceStep[] = [...(await serviceSteps(target, api))];
  for (const one of target.functions) {
    steps.push(...(await functionSteps(target.service, one, { api, packageOf })));
    steps.push(...(await configSteps(target.service, one, api)));
    for (const trigger of one.triggers)
      steps.push(...(await triggerSteps(target.service, one.name, trigger, api)));
  }
  return steps;
}

async function serviceSteps(
  { service, settings }: ServiceTarget,
  api: ServiceApi,
): Promise<readonly ServiceStep[]> {
  const current = await api.service(service);
  const what = `service ${service}`;
  if (current === null)
    return [
      { verb: 'create', what, differing: [], run: (to) => to.createService(service, settings) },
    ];
  return changeStep(what, differingKeys(settings, current), (to) =>
    to.updateService(service, settings),
  );
}

interface FunctionParts {
  readonly api: ServiceApi;
  readonly packageOf: PackageOf;
}

async function functionSteps(
  service: string,
  { block, name, settings }: TargetFunction,
  { api, packageOf }: FunctionParts,
): Promise<readonly ServiceStep[]> {
  const archive = packageOf(block);
  const code = { zipFile: archive.toString('base64') };
  const current = await api.function(service, name);
  const what = `function ${name}`;
  if (current === null)
    return [
      {
        verb: 'create',
        what,
        differing: [],
        run: (to) => to.createFunction(service, { ...settings, code }),
      },
    ];
  const isNewCode = current['codeChecksum'] !== crc64(archive);
  const differing = [...differingKeys(settings, current), ...(isNewCode ? ['code'] : [])];
  return changeStep(what, differing, (to) =>
    to.updateFunction(service, name, isNewCode ? { ...settings, code } : settings),
  );
}

async function configSteps(
  service: string,
  { name, asyncConfig, instancesMax }: TargetFunction,
  api: ServiceApi,
): Promise<readonly ServiceStep[]> {
  const onDemand = { maximumInstanceCount: instancesMax };
  const [asyncNow, onDemandNow] = [
    await api.asyncConfig(service, name),
    await api.onDemandConfig(service, name),
  ];
  return [
    ...changeStep(
      `asynchronous calls of ${name}`,
      differingKeys(asyncConfig, asyncNow ?? {}),
      (to) => to.putAsyncConfig(service, name, asyncConfig),
    ),
    ...changeStep(`instances of ${name}`, differingKeys(onDemand, onDemandNow ?? {}), (to) =>
      to.putOnDemandConfig(service, name, onDemand),
    ),
  ];
}

/** What a trigger keeps for as long as it exists. */
const FIXED_KEYS = ['triggerName', 'triggerType'];

async function triggerSteps(
  service: string,
  name: string,
  { name: trigger, settings }: TargetTrigger,
  api: ServiceApi,
): Promise<readonly ServiceStep[]> {
  const current = await api.trigger(service, name, trigger);
  const what = `trigger ${trigger} of ${name}`;
  if (current === null)
    return [
      {
        verb: 'create',
        what,
        differing: [],
        run: (to) => to.createTrigger(service, name, settings),
      },
    ];
  const changeable = Object.fromEntries(
    Object.entries(settings).filter(([key]) => !FIXED_KEYS.includes(key)),
  );
  return changeStep(what, differingKeys(settings, current), (to) =>
    to.updateTrigger(service, name, trigger, changeable),
  );
}

function changeStep(
  what: string,
  differing: readonly string[],
  run: ServiceStep['run'],
): readonly ServiceStep[] {
  return differing.length === 0 ? [] : [{ verb: 'change', what, differing, run }];
}

/** Variables that were taken out count as a difference; elsewhere the platform adds keys of its own. */
const WHOLE_KEYS = ['environmentVariables'];

const differingKeys = (wanted: Settings, current: Settings): readonly string[] =>
  Object.keys(wanted).filter((key) =>
    WHOLE_KEYS.includes(key)
      ? !isWithin(wanted[key], current[key]) || !isWithin(current[key], wanted[key])
      : !isWithin(wanted[key], current[key]),
  );

/** Whether everything that is wanted is there, whatever else is. Example: `{a: 1}` is within `{a: 1, b: 2}`. */
function isWithin(wanted: unknown, current: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return wanted === current;
  if (typeof current !== 'object' || current === null) return false;
  if (Array.isArray(wanted) && wanted.length !== (current as unknown[]).length) return false;
  return Object.entries(wanted).every(([key, value]) =>
    isWithin(value, (current as Record<string, unknown>)[key]),
  );
}
