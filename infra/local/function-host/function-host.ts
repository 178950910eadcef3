import { randomUUID } from 'node:crypto';
import { type Server } from 'node:http';
import { type LocalClock } from '../contracts';
import { type AccessKeys } from '../openapi/access-keys';
import { AsyncQueue, type Delivery } from './async-queue';
import { type FunctionCredentials, type FunctionDefinition } from './function-definition';
import { FunctionInstance } from './function-instance';
import { closeServer, serveHttp } from './http-exchange';
import { httpTrigger } from './http-trigger';
import { InstancePool } from './instance-pool';
import { invocationApi } from './invocation-api';
import { type InvocationRecord, InvocationRunner } from './invocation-runner';
import { serviceManagement, type ServiceManagementModel } from './service-management';
import { startTimerTrigger } from './timer-trigger';

export interface FunctionHostOptions {
  readonly functions: readonly FunctionDefinition[];
  readonly clock: LocalClock;
  readonly region: string;
  readonly accountId: string;
  /** Keys that may invoke. */
  readonly accessKeys: AccessKeys;
  /** Port of the invocation API; a free one by default. */
  readonly port?: number;
  /** Credentials of a function's role, asked for at each invocation. Example: `accessKeys.issueTemporary(…)`. */
  readonly credentialsFor: (functionName: string) => FunctionCredentials;
  /** Added to every function's environment variables: where this region's services listen. Told this host's own `host:port`. */
  readonly environment?: (endpoint: string) => Readonly<Record<string, string>>;
  /** What a minute of a timer trigger lasts; default 60,000. */
  readonly timerMinuteMs?: number;
  /** Default 100 for all functions together. */
  readonly instanceQuota?: number;
  /** Default 5 a second after a burst of 20. */
  readonly deliveryPerSecond?: number;
  readonly deliveryBurst?: number;
  /** Default 180,000. */
  readonly idleMs?: number;
  /** Default 1,000. */
  readonly retryPauseMs?: number;
  readonly isDuplicated?: (functionName: string, requestId: string) => boolean;
  /** Whether the HTTP trigger hands form posts over as base64, as the cloud sometimes does. Default true. */
  readonly sendsFormsAsBase64?: boolean;
  readonly onInvocation?: (record: InvocationRecord) => void;
}

/** Function Compute on the loopback: runs built bundles as the cloud would call them. */
export interface FunctionHost {
  /** Base URL of the invocation API, both dates. */
  readonly url: string;
  /** Base URL of each HTTP trigger, by function name. */
  readonly triggerUrls: ReadonlyMap<string, string>;
  /** Every asynchronous try, oldest first. */
  readonly deliveries: readonly Delivery[];
  /** Services of FC 2.0 that were created here; they can be looked at and changed, and are not run. */
  readonly management: ServiceManagementModel;
  /** Instances that exist now, frozen ones included. */
  readonly instanceCount: () => number;
  /** Hands one CloudEvent (or a list) to a function with an EventBridge trigger, asynchronously. */
  deliverCloudEvent(functionName: string, event: unknown): void;
  /** Invokes asynchronously without HTTP, as a trigger does. */
  enqueue(functionName: string, payload: unknown): void;
  /** Kills the instances that serve a request of a function right now (SIGKILL), to rehearse a crash. Gives their number. */
  crash(functionName: string): number;
  /** Resolves once the asynchronous queue is empty. */
  idle(): Promise<void>;
  /** Ends timers, queue, servers and every instance (after its preStop hook). Leaves no process behind. */
  stop(): Promise<void>;
}

/** Starts the host. Throws when a port cannot be opened. */
export async function startFunctionHost(options: FunctionHostOptions): Promise<FunctionHost> {
  const functions = new Map<string, FunctionDefinition>();
  const pool = poolOf(options);
  const { clock, credentialsFor, onInvocation = () => undefined } = options;
  const runner = new InvocationRunner({ clock, pool, credentialsFor, onInvocation });
  const { isDuplicated = () => false, retryPauseMs = 1000 } = options;
  const queue = new AsyncQueue({ clock, runner, isDuplicated, retryPauseMs });
  const shared = { runner, queue, now: () => clock.now(), newRequestId: randomUUID };
  const find = (functionName: string) => functions.get(functionName);
  const { accessKeys, port, region, accountId } = options;
  const management = serviceManagement({ ...shared, accessKeys });
  const invoke = invocationApi({ ...shared, accessKeys, region, accountId, find });
  const api = await serveHttp(
    async (request) => management.answer(request) ?? invoke(request),
    port,
  );
  for (const definition of withEnvironment(options, new URL(api.url).host))
    functions.set(definition.functionName, definition);
  const triggers = await startHttpTriggers([...functions.values()], options, shared);
  const enqueue = (functionName: string, payload: unknown): void => {
    const definition = find(functionName);
    if (definition === undefined) throw new Error(`There is no function ${functionName}.`);
    queue.accept(definition, Buffer.from(JSON.stringify(payload), 'utf8'), {
      requestId: randomUUID(),
    });
  };
  const endTimers = startTimers([...functions.values()], options, queue);
  const servers = [api.server, ...triggers.map(({ server }) => server)];
  return {
    url: api.url,
    triggerUrls: new Map(triggers.map(({ functionName, url }) => [functionName, url])),
    deliveries: queue.deliveries,
    management,
    instanceCount: () => pool.size,
    enqueue,
    deliverCloudEvent(functionName, event) {
      if (find(functionName)?.hasEventBridgeTrigger !== true)
        throw new Error(`${functionName} has no EventBridge trigger.`);
      enqueue(functionName, event);
    },
    crash: (functionName) => pool.crash(functionName),
    idle: async () => queue.idle(),
    stop: async () => {
      for (const end of endTimers) end();
      const stopped = queue.stop();
      await Promise.all([pool.stop(), stopped, ...servers.map(closeServer)]);
      await pool.stop(); // an instance that was answering while the others were ended
    },
  };
}

function withEnvironment(
  { functions, environment }: FunctionHostOptions,
  endpoint: string,
): readonly FunctionDefinition[] {
  const added = environment?.(endpoint);
  return functions.map((definition) => ({
    ...definition,
    environmentVariables: { ...definition.environmentVariables, ...added },
  }));
}

function poolOf(options: FunctionHostOptions): InstancePool {
  const { clock, region, accountId, credentialsFor } = options;
  return new InstancePool({
    clock,
    instanceQuota: options.instanceQuota ?? 100,
    deliveryPerSecond: options.deliveryPerSecond ?? 5,
    deliveryBurst: options.deliveryBurst ?? 20,
    idleMs: options.idleMs ?? 180_000,
    launch: (definition) =>
      new FunctionInstance(
        definition,
        { region, accountId },
        credentialsFor(definition.functionName),
      ),
    retire: async (instance) => retire(instance, credentialsFor),
  });
}

async function retire(
  instance: FunctionInstance,
  credentialsFor: FunctionHostOptions['credentialsFor'],
): Promise<void> {
  const { preStop, functionName } = instance.definition;
  if (preStop !== null && instance.isAlive) {
    const credentials = credentialsFor(functionName);
    const event = Buffer.alloc(0);
    const request = {
      kind: 'pre-stop',
      requestId: randomUUID(),
      event,
      credentials,
      retryCount: 0,
    } as const;
    await instance.request(request, preStop.timeoutMs);
  }
  instance.kill();
  await instance.exited;
}

interface SharedParts {
  readonly runner: InvocationRunner;
  readonly queue: AsyncQueue;
  readonly now: () => number;
  readonly newRequestId: () => string;
}

async function startHttpTriggers(
  functions: readonly FunctionDefinition[],
  options: FunctionHostOptions,
  shared: SharedParts,
): Promise<
  readonly { readonly functionName: string; readonly url: string; readonly server: Server }[]
> {
  const { accountId, region, sendsFormsAsBase64 = true } = options;
  return Promise.all(
    functions
      .filter((definition) => definition.httpTrigger !== null)
      .map(async (definition) => ({
        functionName: definition.functionName,
        ...(await serveHttp(
          httpTrigger({ ...shared, definition, accountId, region, sendsFormsAsBase64 }),
        )),
      })),
  );
}

function startTimers(
  functions: readonly FunctionDefinition[],
  options: FunctionHostOptions,
  queue: AsyncQueue,
): readonly (() => void)[] {
  const { clock, timerMinuteMs: minuteMs = 60_000 } = options;
  return functions.flatMap((definition) =>
    definition.timers.map((timer) =>
      startTimerTrigger({
        clock,
        timer,
        minuteMs,
        fire: (event) => queue.accept(definition, event, { requestId: randomUUID() }),
      }),
    ),
  );
}
