import { type ServiceApi, type ServiceStep } from './service-plan';
import { type ServiceTarget, type TargetFunction } from './service-target';

/** What it takes to remove a deployment: its triggers, its functions, then the service; what is not there needs nothing. */
export async function planRemoval(
  { service, functions }: ServiceTarget,
  api: ServiceApi,
): Promise<readonly ServiceStep[]> {
  if ((await api.service(service)) === null) return [];
  const steps: ServiceStep[] = [];
  for (const one of functions) steps.push(...(await functionRemoval(service, one, api)));
  return [...steps, removal(`service ${service}`, (to) => to.deleteService(service))];
}

async function functionRemoval(
  service: string,
  { name, triggers }: TargetFunction,
  api: ServiceApi,
): Promise<readonly ServiceStep[]> {
  if ((await api.function(service, name)) === null) return [];
  const steps: ServiceStep[] = [];
  for (const { name: trigger } of triggers)
    if ((await api.trigger(service, name, trigger)) !== null)
      steps.push(
        removal(`trigger ${trigger} of ${name}`, (to) => to.deleteTrigger(service, name, trigger)),
      );
  return [...steps, removal(`function ${name}`, (to) => to.deleteFunction(service, name))];
}

const removal = (what: string, run: ServiceStep['run']): ServiceStep => ({
  verb: 'delete',
  what,
  differing: [],
  run,
});
