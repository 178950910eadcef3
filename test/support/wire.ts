import { type LocalService, type Parameters, VendorError } from '../../infra/local/contracts';

export type Row = Readonly<Record<string, unknown>>;

/** A reply's body, read by path. Example: `reply.rows('Instances.Instance')`. */
export class WireReply {
  readonly body: unknown;

  constructor(body: unknown) {
    this.body = body;
  }

  value(path: string): unknown {
    return path.split('.').reduce<unknown>((found, name) => (found as Row)[name], this.body);
  }

  text(path: string): string {
    const value = this.value(path);
    if (typeof value !== 'string') throw new Error(`${path} is not text: ${JSON.stringify(value)}`);
    return value;
  }

  rows(path: string): readonly Row[] {
    const value = this.value(path);
    if (!Array.isArray(value)) throw new Error(`${path} is not a list: ${JSON.stringify(value)}`);
    return value as readonly Row[];
  }
}

/** Calls one action as the gateway would. */
export async function callAction(
  service: LocalService,
  action: string,
  parameters: Parameters = {},
): Promise<WireReply> {
  const handler = service.actions[action];
  if (handler === undefined) throw new Error(`${action} is not served.`);
  return new WireReply(await handler(parameters, { accessKeyId: 'test' }));
}

/** Status and code of the vendor error that a call ends in, or `accepted`. */
export async function refusalOf(
  service: LocalService,
  action: string,
  parameters: Parameters = {},
): Promise<string> {
  try {
    await callAction(service, action, parameters);
  } catch (error) {
    if (error instanceof VendorError) return `${error.status} ${error.code}`;
    throw error;
  }
  return 'accepted';
}
