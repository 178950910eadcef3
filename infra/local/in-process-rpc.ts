import { classifyVendorError } from '../../shared/adapters/alicloud/error-table';
import { type Rpc, type RpcRequest } from '../../shared/adapters/alicloud/rpc';
import { jsonCopy } from '../../shared/adapters/json-copy';
import { acceptedReply } from '../../shared/adapters/alicloud/rpc-failure';
import { type RamPolicy } from '../permissions/ram-policy';
import { CloudError } from '../../shared/domain/cloud-error';
import { type CallOptions } from '../../shared/ports/load-balancer';
import { type Caller, type Parameters, VendorError } from './contracts';
import { flattenQuery } from './flatten-query';
import { refuse } from './openapi/answer';
import { type ControlPlane } from './openapi/control-plane';
import { type ControlPlaneFault } from './openapi/fault-switch';

export interface InProcessRpcOptions {
  readonly controlPlane: ControlPlane;
  readonly caller: Caller & { readonly accountId: string; readonly policy?: RamPolicy };
}

/**
 * The region's services called directly: same routing, checks, quotas, faults and log as over a socket, without signatures
 * and without taking time. A hanging control plane answers `Timeout` at once, because virtual time is not this class's to move.
 */
export class InProcessRpc implements Rpc {
  readonly #controlPlane: ControlPlane;
  readonly #caller: InProcessRpcOptions['caller'];
  #calls = 0;

  constructor(options: InProcessRpcOptions) {
    this.#controlPlane = options.controlPlane;
    this.#caller = options.caller;
  }

  async call(
    request: RpcRequest,
    options: CallOptions,
  ): Promise<Readonly<Record<string, unknown>>> {
    const { action } = request;
    const { clock } = this.#controlPlane;
    if (clock.now() >= options.deadline) throw lost(action, 'Timeout', 'no time is left', false);
    const parameters = flattenQuery(request.query);
    const requestId = this.#nextRequestId();
    const reply = await this.#perform(request, parameters).catch((error: unknown) => {
      const failure = failureOf(action, error, requestId);
      this.#record(request, parameters, requestId, failure);
      throw failure;
    });
    this.#record(request, parameters, requestId, undefined);
    const body: unknown = jsonCopy({ ...reply, RequestId: requestId });
    return acceptedReply(action, { statusCode: 200, body });
  }

  async #perform({ version, action }: RpcRequest, parameters: Parameters): Promise<object> {
    const fault = this.#controlPlane.faults.strike(this.#controlPlane.productOf(version), action);
    loseConnection(action, fault);
    const route = this.#controlPlane.route(version, action);
    refuse(fault);
    const reply = await this.#controlPlane.perform(route, parameters, this.#caller);
    if (fault === 'lost-reply')
      throw lost(action, 'ConnectionFailed', 'the connection broke before the answer');
    return reply;
  }

  #record(
    request: RpcRequest,
    parameters: Parameters,
    requestId: string,
    failure: Error | undefined,
  ): void {
    const { clock, log } = this.#controlPlane;
    const details = failure instanceof CloudError ? failure.details : undefined;
    log.add(
      {
        at: clock.now(),
        requestId,
        product: request.product,
        version: request.version,
        action: request.action,
        via: 'in-process',
        signature: 'none',
        accessKeyId: this.#caller.accessKeyId,
        parameters,
        headers: {},
        status: failure === undefined ? 200 : (details?.status ?? 0),
        code: details?.code,
        defect: details === undefined ? failure?.stack : undefined,
        durationMs: 0,
      },
      details?.code !== 'InvalidAction.NotFound' && details?.code !== 'InvalidVersion',
    );
  }

  /** Counted, not random, so that a simulated run repeats itself byte for byte. */
  #nextRequestId(): string {
    this.#calls += 1;
    return `00000000-0000-4000-8000-${this.#calls.toString(16).toUpperCase().padStart(12, '0')}`;
  }
}

const lost = (action: string, code: string, message: string, mayHaveBeenSent = true): CloudError =>
  classifyVendorError({ action, code, message, mayHaveBeenSent });

function loseConnection(action: string, fault: ControlPlaneFault | undefined): void {
  if (fault === 'hang') throw lost(action, 'Timeout', 'the call was not answered in time');
  if (fault === 'reset')
    throw lost(action, 'ConnectionFailed', 'the connection failed (ECONNRESET)');
  if (fault === 'html') throw lost(action, 'UnreadableReply', 'the answer was not a JSON object');
}

/** A vendor's error as the adapters classify it; anything else is a defect of the model and stays what it is. */
function failureOf(action: string, error: unknown, requestId: string): Error {
  if (!(error instanceof VendorError))
    return error instanceof Error ? error : new Error(String(error));
  const { status, code, message, headers } = error;
  const retryAfterMs = Number.parseInt(headers['x-acs-retry-after'] ?? '', 10);
  return classifyVendorError({
    action,
    status,
    code,
    message,
    requestId,
    retryAfterMs: Number.isNaN(retryAfterMs) ? undefined : retryAfterMs,
  });
}
