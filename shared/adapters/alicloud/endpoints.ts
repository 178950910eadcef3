import { type RpcRequest } from './rpc';

type Product = RpcRequest['product'];

/** Where OpenAPI is reached: the vendor's own endpoints, or one gateway for every product (the local region). */
export interface EndpointSettings {
  readonly regionId: string;
  /** `host` or `host:port` for all products. Without it the vendor's endpoint of the product and region is used. */
  readonly endpoint?: string | undefined;
  readonly protocol?: 'HTTP' | 'HTTPS' | undefined;
  /** `vpc` reaches OpenAPI from inside a VPC without public address. Default `public`. */
  readonly network?: 'public' | 'vpc' | undefined;
}

type RegionalProduct = Exclude<Product, 'Alidns'>;

const NAMES: Readonly<Record<RegionalProduct, string>> = {
  Slb: 'slb',
  Ecs: 'ecs',
  Cms: 'metrics',
};

/** DNS is of no region, and the vendor names no endpoint of it inside a VPC: reaching it from there needs a way out. */
const ALIDNS_ENDPOINT = 'alidns.aliyuncs.com';

/** Regions whose public endpoint does not follow the rule. */
const EXCEPTIONS: Readonly<Record<RegionalProduct, Readonly<Record<string, string>>>> = {
  Slb: {
    'cn-hangzhou': 'slb.aliyuncs.com',
    'cn-hangzhou-finance': 'slb.aliyuncs.com',
    'cn-shanghai-finance-1': 'slb.aliyuncs.com',
    'cn-shenzhen-finance-1': 'slb.aliyuncs.com',
  },
  Ecs: { 'cn-hangzhou': 'ecs-cn-hangzhou.aliyuncs.com', 'cn-hangzhou-finance': 'ecs.aliyuncs.com' },
  Cms: {},
};

/**
 * Host of a product's OpenAPI in a region. The vendor's client lets its map win over `network: vpc`; here the VPC wins.
 *
 * Example: Ecs in cn-beijing over the VPC → `ecs-vpc.cn-beijing.aliyuncs.com`.
 */
export function endpointOf(product: Product, settings: EndpointSettings): string {
  const { endpoint, regionId, network = 'public' } = settings;
  if (endpoint !== undefined) return endpoint.replace(/^https?:\/\//i, '').replace(/\/+$/, '');
  if (product === 'Alidns') return ALIDNS_ENDPOINT;
  if (network === 'vpc') return `${NAMES[product]}-vpc.${regionId}.aliyuncs.com`;
  return EXCEPTIONS[product][regionId] ?? `${NAMES[product]}.${regionId}.aliyuncs.com`;
}
