import { type AlidnsModel } from './alidns/model';
import { startDnsServer, type DnsServer } from './alidns/dns-server';
import { type AccessKeys } from './openapi/access-keys';
import { type ControlPlane } from './openapi/control-plane';
import { startGateway, type Gateway } from './openapi/gateway';

export interface RegionDoorsOptions {
  readonly controlPlane: ControlPlane;
  readonly accessKeys: AccessKeys;
  readonly alidns: AlidnsModel;
  /** Numbers in [0, 1), for draws by weight. */
  readonly random: () => number;
  /** Port of the OpenAPI gateway; 0 takes a free one. */
  readonly port: number;
  /** Port of the DNS server; 0 takes a free one. */
  readonly dnsPort: number;
}

/** Where a region is called: OpenAPI and DNS. */
export interface RegionDoors {
  readonly openapi: string;
  readonly dns: string;
  /** Nothing answers any more, and what was under way is broken off. */
  close(): Promise<void>;
  /** Both answer again, in the same places. Rejects when somebody else has taken one of them. */
  reopen(): Promise<void>;
}

/** Opens both. Rejects when one cannot have its port; nothing runs then. */
export async function openDoors(options: RegionDoorsOptions): Promise<RegionDoors> {
  let open: Doors | null = await openBoth(options, options);
  const [openapi, dns] = [open.gateway.endpoint, open.dns.endpoint];
  const close = async (): Promise<void> => {
    const closing = open;
    open = null;
    await closing?.gateway.stop();
    await closing?.dns.stop();
  };
  return {
    openapi,
    dns,
    close,
    async reopen() {
      open ??= await openBoth(options, { port: portOf(openapi), dnsPort: portOf(dns) });
    },
  };
}

interface Doors {
  readonly gateway: Gateway;
  readonly dns: DnsServer;
}

const portOf = (endpoint: string): number => Number(endpoint.split(':')[1]);

async function openBoth(
  { controlPlane, accessKeys, alidns: model, random }: RegionDoorsOptions,
  { port, dnsPort }: Pick<RegionDoorsOptions, 'port' | 'dnsPort'>,
): Promise<Doors> {
  const gateway = await startGateway({ controlPlane, accessKeys, port });
  try {
    return { gateway, dns: await startDnsServer({ model, random, port: dnsPort }) };
  } catch (error) {
    await gateway.stop();
    throw error;
  }
}
