import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { type FleetPolicy } from '../../shared/config/fleet-policy';
import { metricsText } from '../../shared/metrics/metrics-text';
import { type StateStore } from '../../shared/ports/state-store';
import {
  approvalSecrets,
  clock,
  consoleSecrets,
  currentSettings,
  knownSecrets,
  metricsSecrets,
  openArchives,
  openDoorbell,
  openInvoker,
  refreshSettings,
} from '../../shared/runtime/composition';
import { httpHandler } from '../../shared/runtime/fc-handler';
import { type Invocation } from '../../shared/runtime/invocation';
import { namesAtHome } from '../../shared/wake/wake-names';
import { poolsHere } from '../../shared/wake/pools-here';
import { answerConsole } from './answer-console';
import { type ConsoleContext } from './console-context';
import { pageFiles } from './page-files';
import { SECURITY_HEADERS } from './reply';

/** Larger bodies are not even looked at. */
const EVENT_BYTES_MAX = 1_000_000;
const pageFile = pageFiles(join(__dirname, 'page'));
const emptyUntil = new Map<string, number>();

export const handler = httpHandler({
  clock,
  prepare: refreshSettings,
  bodyBytesMax: EVENT_BYTES_MAX,
  secrets: knownSecrets,
  errorHeaders: SECURITY_HEADERS,
  handle: async (request, invocation) => answerConsole(request, contextOf(invocation)),
});

function contextOf(invocation: Invocation): ConsoleContext {
  const { policy, policyHash, policyVersion, environment } = currentSettings();
  const { store, signatures } = openDoorbell(invocation);
  const archives = openArchives();
  const { operator } = environment.functionCompute;
  const { log, deadline } = invocation;
  return {
    ...{
      regionId: policy.regionId,
      policyHash,
      policyVersion,
      store,
      signatures,
      pageFile,
      emptyUntil,
      log,
      clock,
    },
    ...sources(policy, store, archives),
    access: policy.console,
    secrets: consoleSecrets(),
    metricsSecrets: metricsSecrets(),
    approvalSecrets,
    newId: randomUUID,
    operate: async (request) => openInvoker(invocation).call(operator, request, { deadline }),
    metrics: async (page) =>
      metricsText({
        ...{ store, archive: archives.pools, fleet: policy, now: clock.now() },
        ...(page === undefined ? {} : { page }),
      }),
  };
}

/** Pools and names of the policy; what another region’s deployment looks after is named and has no data here. */
function sources(
  policy: FleetPolicy,
  store: StateStore,
  archives: ReturnType<typeof openArchives>,
): Pick<ConsoleContext, 'pools' | 'names'> {
  const own = new Set(poolsHere(policy).map(({ name }) => name));
  const home = new Set(namesAtHome(policy));
  return {
    pools: policy.pools.map((pool) => ({
      ...{ id: pool.name, policy: pool, isElsewhere: !own.has(pool.name) },
      ...{ store, archive: archives.pools },
    })),
    names: policy.names.map((name) => ({
      ...{ id: name.name, policy: name, isElsewhere: !home.has(name.name) },
      ...{ store, archive: archives.names },
    })),
  };
}
