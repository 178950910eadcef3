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
import { FAULT_NAMES, FAULTS } from './fault-names';

export interface RegionAdminOptions {
  readonly ecs: EcsModel;
  /** What a caller presents as `Authorization: Bearer SECRET`. */
  readonly secret: string;
}

export interface RegionAdmin {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  stop(): Promise<void>;
}

const orderSchema = z.strictObject({ instanceId: z.string(), fault: z.enum(FAULT_NAMES) });

/**
 * What the cloud has no API for: breaking an instance on purpose. `POST /faults` with `{"instanceId", "fault"}` answers
 * `{"instanceId", "fault"}` once the fault is in place; 401 without the secret, 404 for an instance that is not there, 400 for
 * anything else, each as `{"ErrorCode", "ErrorMessage"}`.
 */
export async function startRegionAdmin({ ecs, secret }: RegionAdminOptions): Promise<RegionAdmin> {
  const { url, server } = await serveHttp(async (request) => {
    if (!isSecret(presented(request), [secret]))
      throw new PlatformError(401, 'Unauthorized', 'The access key secret is not this region’s.');
    const { instanceId, fault } = orderOf(request);
    if (ecs.find(instanceId) === undefined)
      throw new PlatformError(404, 'InstanceNotFound', `There is no instance ${instanceId}.`);
    if (fault === 'clear') await ecs.clearFaults(instanceId);
    else await ecs.injectFaults(instanceId, FAULTS[fault]);
    return reply({ instanceId, fault });
  });
  return { url, stop: async () => closeServer(server) };
}

const presented = ({ headers }: HttpRequest): string =>
  /^Bearer (.+)$/.exec(headers['authorization'] ?? '')?.[1] ?? '';

function orderOf({ method, path, body }: HttpRequest): z.output<typeof orderSchema> {
  if (method !== 'POST' || path !== '/faults')
    throw new PlatformError(404, 'NotFound', 'There is only POST /faults.');
  const parsed = orderSchema.safeParse(jsonOf(body));
  if (parsed.success) return parsed.data;
  const wanted = `{"instanceId": "i-…", "fault": "${FAULT_NAMES.join('|')}"}`;
  throw new PlatformError(400, 'InvalidArgument', `The body must be ${wanted}.`);
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
