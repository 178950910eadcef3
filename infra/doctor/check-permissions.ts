import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { CloudError } from '../../shared/domain/cloud-error';
import { type Rpc } from '../../shared/adapters/alicloud/rpc';
import { type CallOptions } from '../../shared/ports/load-balancer';
import { type FunctionInvoker } from '../../shared/ports/function-invoker';
import { poolsHere } from '../../shared/wake/pools-here';
import { API_PERMISSIONS } from '../permissions/api-permissions';
import { FUNCTION_NAMES, FUNCTION_NEEDS, type FunctionName } from '../permissions/function-needs';
import { findSubjects } from './find-subjects';
import { type Finding, unwell, well } from './finding';
import { probeOf, type ProbeSubjects } from './permission-probes';

/** What is needed to try permissions. */
export interface PermissionContext {
  readonly fleet: FleetPolicy;
  readonly rpcIn: (regionId: string) => Rpc;
  readonly callOptions: () => CallOptions;
  /** Calls functions; null where nobody said in which account. */
  readonly invoker: FunctionInvoker | null;
  /** What the functions are called in the cloud. */
  readonly functionNames: Readonly<Partial<Record<FunctionName, string>>>;
  /** Needs of one function alone; null: of all. */
  readonly only: FunctionName | null;
  readonly tell: (text: string) => void;
}

/** How the vendor denies, product by product; what begins so but is about one thing is no denial. */
const DENIED =
  /^(Forbidden(\.(RAM|SubUser|NoPermission|Unauthorized)\b.*)?$|Forbbiden|NoPermission|Unauthorized|AccessDenied)/;

/** Whether an error says that the caller may not do this. Example: `Forbidden.RAM` does, `Forbidden.RecordLocked` does not. */
export const isDenial = ({ details: { code } }: CloudError): boolean => DENIED.test(code);

const UNTOLD =
  /^(Timeout|ConnectionFailed|UnreadableReply|Throttling|ServiceUnavailable|InternalError)/;

const neededBy = (api: string, only: FunctionName | null): readonly FunctionName[] =>
  FUNCTION_NAMES.filter(
    (name) => (only === null || name === only) && FUNCTION_NEEDS[name].apis.includes(api),
  );

const remedyFor = (names: readonly FunctionName[]): string =>
  `Give the role of ${names.join(', ')} what \`evenkeel permissions --function ${names[0] ?? 'operator'}\` prints.`;

/** Tries every API that functions need, in each region of the policy, and every call of a function; nothing is changed. */
export async function checkPermissions(context: PermissionContext): Promise<readonly Finding[]> {
  const { fleet, rpcIn, callOptions } = context;
  const regionIds = [
    ...new Set([fleet.regionId, ...poolsHere(fleet).map(({ regionId }) => regionId)]),
  ].sort();
  const findings: Finding[] = [];
  for (const regionId of regionIds) {
    const subjects = await findSubjects(rpcIn(regionId), fleet, regionId, callOptions);
    findings.push(...(await checkRegion(regionId, subjects, context)));
  }
  return [...findings, ...(await checkInvocations(context))];
}

async function checkRegion(
  regionId: string,
  subjects: ProbeSubjects,
  context: PermissionContext,
): Promise<readonly Finding[]> {
  const { fleet, only, tell } = context;
  const apis = Object.keys(API_PERMISSIONS)
    .filter((api) => neededBy(api, only).length > 0)
    // Names are served from the home region alone, and not at all without any.
    .filter(
      (api) =>
        !api.startsWith('Alidns.') || (regionId === fleet.regionId && fleet.names.length > 0),
    );
  const findings: Finding[] = [];
  for (const api of apis) {
    tell(`${api} in ${regionId}`);
    findings.push(await checkApi(api, regionId, subjects, context));
  }
  return findings;
}

async function checkApi(
  api: string,
  regionId: string,
  subjects: ProbeSubjects,
  { rpcIn, callOptions, only }: PermissionContext,
): Promise<Finding> {
  const action = API_PERMISSIONS[api]?.actions.join(', ') ?? api;
  const names = neededBy(api, only);
  const probe = probeOf(api, subjects, regionId);
  if (probe.kind === 'lacking')
    return unwell('permissions', action, {
      status: 'skipped',
      sentence: `${action} could not be tried in ${regionId}: ${probe.what}.`,
      remedy: 'Nothing to do if that is how it is meant.',
    });
  try {
    await rpcIn(regionId).call(probe.request, callOptions());
    return well('permissions', action, `${action} is granted in ${regionId}.`);
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return verdictOn(error, action, regionId, names);
  }
}

function verdictOn(
  error: CloudError,
  action: string,
  regionId: string,
  names: readonly FunctionName[],
): Finding {
  const { code } = error.details;
  if (isDenial(error))
    return unwell('permissions', action, {
      sentence: `${action} is refused in ${regionId} (${code}); ${names.join(', ')} need${names.length === 1 ? 's' : ''} it.`,
      remedy: remedyFor(names),
    });
  if (UNTOLD.test(code))
    return unwell('permissions', action, {
      status: 'warning',
      sentence: `Nobody knows whether ${action} is granted in ${regionId}: ${code}.`,
      remedy: 'Try again; see what is said of endpoints.',
    });
  return well('permissions', action, `${action} is granted in ${regionId}.`);
}

const invokedBy = (target: FunctionName, only: FunctionName | null): readonly FunctionName[] =>
  FUNCTION_NAMES.filter(
    (name) => (only === null || name === only) && FUNCTION_NEEDS[name].invokes.includes(target),
  );

async function checkInvocations(context: PermissionContext): Promise<readonly Finding[]> {
  const { fleet, only } = context;
  const forNames: readonly FunctionName[] = ['reconcile-failover', 'probe'];
  const findings: Finding[] = [];
  for (const name of FUNCTION_NAMES) {
    const callers = invokedBy(name, only);
    if (callers.length === 0 || (forNames.includes(name) && fleet.names.length === 0)) continue;
    findings.push(await checkInvocation(name, callers, context));
  }
  return findings;
}

/** A payload that no function of ours takes: the function says so, and does nothing. */
const NOTHING = { doctor: true };

async function checkInvocation(
  name: FunctionName,
  callers: readonly FunctionName[],
  { invoker, functionNames, callOptions, tell }: PermissionContext,
): Promise<Finding> {
  const called = functionNames[name] ?? `evenkeel-${name}`;
  const subject = `fc:InvokeFunction ${called}`;
  if (invoker === null)
    return unwell('permissions', subject, {
      status: 'skipped',
      sentence: `${called} could not be called: nobody said in which account it is.`,
      remedy: 'Set ALIBABA_CLOUD_ACCOUNT_ID.',
    });
  tell(subject);
  try {
    await invoker.call(called, NOTHING, callOptions());
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    if (isDenial(error))
      return unwell('permissions', subject, {
        sentence: `${subject} is refused (${error.details.code}); ${callers.join(', ')} need${callers.length === 1 ? 's' : ''} it.`,
        remedy: remedyFor(callers),
      });
    if (/^(Function|Service)NotFound$/.test(error.details.code))
      return unwell('permissions', subject, {
        sentence: `${called} is not deployed.`,
        remedy:
          'Deploy the functions, or say what they are called in EVENKEEL_WORKER and its like.',
      });
    if (UNTOLD.test(error.details.code))
      return unwell('permissions', subject, {
        status: 'warning',
        sentence: `${called} did not answer: ${error.details.code}.`,
        remedy: 'Try again; see what is said of endpoints.',
      });
  }
  return well('permissions', subject, `${called} can be called.`);
}
