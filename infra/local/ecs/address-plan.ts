import { createServer } from 'node:net';

/** Where an instance's service listens. */
interface InstanceAddress {
  readonly address: string;
  readonly servicePort: number;
}

/** Hands out places on the loopback. */
export interface AddressPlan {
  next(): Promise<InstanceAddress>;
}

/**
 * `address-per-instance`: each instance has its own 127.x.y.z and all share one service port, as in a VPC.
 * `port-per-instance`: all are on 127.0.0.1 with distinct ports, where the system has no other loopback address.
 */
export type AddressMode = 'address-per-instance' | 'port-per-instance';

/** Binds for a moment; the port that was free, or undefined when the address or port cannot be had. */
const freePort = async (address: string, port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, address, () => {
      const bound = server.address();
      server.close(() =>
        resolve(bound !== null && typeof bound === 'object' ? bound.port : undefined),
      );
    });
  });

/** The mode that this machine can do, found by trying. */
export async function detectAddressMode(): Promise<AddressMode> {
  return (await freePort('127.64.0.2', 0)) === undefined
    ? 'port-per-instance'
    : 'address-per-instance';
}

const asAddress = (network: number, host: number): string =>
  `127.${network}.${host >>> 8}.${host & 255}`;

export interface AddressPlanOptions {
  readonly mode: AddressMode;
  /** Second number of the addresses, 64 by default: regions that run at once take different ones. */
  readonly network?: number;
  /** Service port of all instances in `address-per-instance`; a free one by default. */
  readonly servicePort?: number;
}

/** A plan of real, free places. Rejects when no port is free. */
export async function loopbackAddresses(options: AddressPlanOptions): Promise<AddressPlan> {
  const network = options.network ?? 64;
  const demanded = async (address: string, port: number): Promise<number> => {
    const found = await freePort(address, port);
    if (found === undefined) throw new Error(`Nothing can listen on ${address}:${port}.`);
    return found;
  };
  if (options.mode === 'port-per-instance') {
    // A port stays unbound until its instance has booted, and the system may offer it again meanwhile.
    const taken = new Set<number>();
    const fresh = async (): Promise<number> => {
      const port = await demanded('127.0.0.1', 0);
      if (taken.has(port)) return fresh();
      taken.add(port);
      return port;
    };
    return { next: async () => ({ address: '127.0.0.1', servicePort: await fresh() }) };
  }
  const servicePort = await demanded(asAddress(network, 2), options.servicePort ?? 0);
  let host = 1;
  return { next: () => Promise.resolve({ address: asAddress(network, ++host), servicePort }) };
}

/** Addresses that nothing listens on, for models without sockets. Example: 192.168.0.2, 192.168.0.3 … all on port 8080. */
export function simulatedAddresses(servicePort = 8080): AddressPlan {
  let host = 1;
  return {
    next: () => {
      host += 1;
      return Promise.resolve({ address: `192.168.${host >>> 8}.${host & 255}`, servicePort });
    },
  };
}
