import { z } from 'zod';
import { isSecret } from '../../../shared/runtime/secret';
import { type EcsModel } from '../ecs/ecs-model';
import {
  closeServer,
  serveHttp,
  type HttpReply,
  type HttpRequest,
} from '../function-host/http-exchange';
import { PlatformError } from '../function-host/platform-error';
import { FAULT_NAMES, FAULTS, type FaultName } from './fault-names';
import { applyRegionSettings, regionSettingsSchema } from './region-settings';
import { REGION_STATES, type WholeRegion } from './region-states';

export interface RegionAdminOptions {
  readonly ecs: EcsModel;
  /** What a caller presents as `Authorization: Bearer SECRET`. */
  readonly secret: string;
  /** Where the region may be lost as a whole. */
  readonly whole?: WholeRegion;
}

export interface RegionAdmin {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  stop(): Promise<void>;
}

type Order = (options: RegionAdminOptions, body: unknown) => Promise<object>;

const faultSchema = z.strictObject({ instanceId: z.string(), fault: z.enum(FAULT_NAMES) });
const stateSchema = z.strictObject({ state: z.enum(REGION_STATES) });
const orders: Readonly<Record<string, Order>> = {
  '/faults': async ({ ecs }, body) => {
    const wanted = `{"instanceId": "i-…", "fault": "${FAULT_NAMES.join('|')}"}`;
    const { instanceId, fault } = readOrder(faultSchema, body, wanted);
    await applyFault(ecs, instanceId, fault);
    return { instanceId, fault };
  },
  '/settings': async ({ ecs }, body) => {
    const settings = readOrder(
      regionSettingsSchema,
      body,
      'settings of the region, as {"balance": 0}',
    );
    applyRegionSettings(ecs, settings);
    return Promise.resolve(settings);
  },
  '/region': async ({ whole }, body) => {
    const wanted = `{"state": "${REGION_STATES.join('|')}"}`;
    const { state } = readOrder(stateSchema, body, wanted);
    if (whole === undefined)
      throw new PlatformError(400, 'InvalidArgument', 'This region cannot be lost as a whole.');
    await whole.become(state);
    return { state };
  },
};

/**
 * What the cloud has no API for. `POST /faults` with `{"instanceId", "fault"}` breaks or mends an instance, `POST /settings` changes stock, quota, balance, boot times and the like,
 * `POST /region` with `{"state"}` loses the whole region or brings it back. Each
 * answers what it did once it is done; 401 without the secret, 404 for an instance that is not there, 400 for anything else, each as
 * `{"ErrorCode", "ErrorMessage"}`.
 */
export async function startRegionAdmin(options: RegionAdminOptions): Promise<RegionAdmin> {
  const { url, server } = await serveHttp(async (request) => {
    if (!isSecret(presented(request), [options.secret]))
      throw new PlatformError(401, 'Unauthorized', 'The access key secret is not this region’s.');
    return reply(await orderOf(request)(options, jsonOf(request.body)));
  });
  return { url, stop: async () => closeServer(server) };
}

const presented = ({ headers }: HttpRequest): string =>
  /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? '';

function orderOf({ method, path }: HttpRequest): Order {
  const order = Object.hasOwn(orders, path) ? orders[path] : undefined;
  if (method === 'POST' && order !== undefined) return order;
  const known = Object.keys(orders).join(', ');
  throw new PlatformError(404, 'NotFound', `There is only POST, to ${known}.`);
}

function readOrder<T extends z.ZodType>(schema: T, body: unknown, wanted: string): z.output<T> {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new PlatformError(
    400,
    'InvalidArgument',
    `The body must be ${wanted}. ${z.prettifyError(parsed.error)}`,
  );
}

async function applyFault(ecs: EcsModel, instanceId: string, fault: FaultName): Promise<void> {
  if (ecs.find(instanceId) === undefined)
    throw new PlatformError(404, 'InstanceNotFound', `There is no instance ${instanceId}.`);
  if (fault === 'clear') return ecs.clearFaults(instanceId);
  if (fault !== 'reclaim') return ecs.injectFaults(instanceId, FAULTS[fault]);
  if (!ecs.demand(instanceId).isSpot)
    throw new PlatformError(400, 'NotSpot', `${instanceId} is not a spot instance.`);
  ecs.reclaimSpot(instanceId);
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    return undefined;
  }
}

const reply = (value: object): HttpReply => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(value)),
});
