import { slbError } from './errors';

export type BackendType = 'ecs' | 'eni' | 'eci';

/** A member of a server group. `port` is 0 in the default group, whose port is the listener's `BackendServerPort`. */
export interface Backend {
  readonly serverId: string;
  readonly port: number;
  readonly weight: number;
  readonly type: BackendType;
  readonly serverIp: string;
  readonly description: string;
}

/** A backend as a call names it: absent fields keep their value (Set) or take their default (Add). */
export interface BackendInput {
  readonly serverId: string;
  readonly port?: number;
  readonly weight?: number;
  readonly type?: BackendType;
  readonly serverIp?: string;
  readonly description?: string;
}

export const WEIGHT_DEFAULT = 100;
const BACKENDS_PER_CALL = 20;

/** Two inputs or members are the same backend when server and port agree; the default group knows no port. */
export const isSameBackend = (
  a: { readonly serverId: string; readonly port?: number },
  b: { readonly serverId: string; readonly port?: number },
): boolean => a.serverId === b.serverId && (a.port ?? 0) === (b.port ?? 0);

/**
 * Reads `BackendServers`, the JSON text of a list, as leniently as the cloud: single quotes, keys in any case, numbers as text, unknown
 * keys, and a bare list of ids. In a group with ports each element must have one; elsewhere ports are dropped. Of two elements naming
 * the same backend the first wins.
 *
 * Throws `VendorError`: BackendServersMalformed, BackendServer.ServerIdEmpty, InvalidWeight.Malformed, InvalidParameter (port, type),
 * TooManyBackendServers.
 */
export function parseBackendServers(
  text: string,
  options: { readonly hasPorts: boolean },
): readonly BackendInput[] {
  const elements = parseList(text);
  if (elements.length > BACKENDS_PER_CALL) throw slbError.tooManyBackends();
  const inputs = elements.map((element) => parseElement(element, options.hasPorts));
  return inputs.filter(
    (input, index) => inputs.findIndex((other) => isSameBackend(input, other)) === index,
  );
}

function parseList(text: string): readonly unknown[] {
  for (const candidate of [text, text.replaceAll("'", '"')]) {
    try {
      const value: unknown = JSON.parse(candidate);
      if (Array.isArray(value)) return value;
    } catch {
      // The other spelling may be readable.
    }
  }
  throw slbError.backendsMalformed();
}

function parseElement(element: unknown, hasPorts: boolean): BackendInput {
  const fields = fieldsOf(element);
  const serverId = textOf(fields.get('serverid'));
  if (serverId === undefined) throw slbError.serverIdEmpty();
  const weight = fields.get('weight');
  const type = textOf(fields.get('type'));
  const serverIp = textOf(fields.get('serverip'));
  const description = textOf(fields.get('description'));
  return {
    serverId,
    ...(hasPorts && { port: parsePort(fields.get('port')) }),
    ...(weight !== undefined && weight !== '' && { weight: parseWeight(weight) }),
    ...(type !== undefined && { type: parseType(type) }),
    ...(serverIp !== undefined && { serverIp }),
    ...(description !== undefined && { description }),
  };
}

function fieldsOf(element: unknown): ReadonlyMap<string, unknown> {
  if (typeof element === 'string') return new Map([['serverid', element]]);
  if (typeof element !== 'object' || element === null) throw slbError.backendsMalformed();
  return new Map(
    Object.entries(element)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key.toLowerCase(), value]),
  );
}

const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const wholeNumber = (value: unknown): number =>
  typeof value === 'number' || (typeof value === 'string' && /^-?\d+$/.test(value.trim()))
    ? Number(value)
    : Number.NaN;

function parseWeight(value: unknown): number {
  const weight = wholeNumber(value);
  if (!Number.isInteger(weight) || weight < 0 || weight > 100) throw slbError.weightMalformed();
  return weight;
}

function parsePort(value: unknown): number {
  const port = wholeNumber(value);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw slbError.invalid('The Port of a backend server must be from 1 to 65535.');
  return port;
}

function parseType(value: string): BackendType {
  const type = value.toLowerCase();
  if (type !== 'ecs' && type !== 'eni' && type !== 'eci')
    throw slbError.invalid('The Type of a backend server must be ecs, eni or eci.');
  return type;
}
