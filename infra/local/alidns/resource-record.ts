import { type Answer, type CaaData, type SrvData } from 'dns-packet';
import { type Zone } from './domain';
import { type AlidnsRecord } from './record';

/** Names of the servers that a registrar would delegate to; here one socket answers for all of them. */
export const NAME_SERVERS: readonly string[] = ['ns1.alidns.com', 'ns2.alidns.com'];

const NAME_SERVER_TTL = 86_400;

/** A record as it travels, under the name that was asked for; none for redirects, which are no DNS type. */
export function answerOf(name: string, record: AlidnsRecord): readonly Answer[] {
  const { type, value, ttlSeconds: ttl, priority } = record;
  switch (type) {
    case 'A':
    case 'AAAA':
    case 'CNAME':
    case 'NS':
      return [{ type, name, ttl, data: value }];
    case 'MX':
      return [{ type, name, ttl, data: { preference: priority ?? 10, exchange: value } }];
    case 'TXT':
      return [{ type, name, ttl, data: chunks(value) }];
    case 'SRV':
      return [{ type, name, ttl, data: serviceData(value) }];
    case 'CAA':
      return [{ type, name, ttl, data: authorityData(value) }];
    default:
      return [];
  }
}

/** Example: `10 5 443 host.example.com`. */
function serviceData(value: string): SrvData {
  const [priority = '', weight = '', port = '', target = ''] = value.split(' ');
  return { priority: Number(priority), weight: Number(weight), port: Number(port), target };
}

/** Example: `0 issue "ca.example.com"`. */
function authorityData(text: string): CaaData {
  const [flags = '', tag = '', value = ''] = text.split(' ');
  return {
    flags: Number(flags),
    tag: tag as CaaData['tag'],
    value: value.replaceAll('"', ''),
  };
}

/** Text travels in strings of at most 255 bytes. */
const chunks = (text: string): Buffer[] => {
  const bytes = Buffer.from(text);
  const count = Math.max(1, Math.ceil(bytes.length / 255));
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(index * 255, index * 255 + 255),
  );
};

/** The zone's SOA. Its own TTL is the minimum too, so that both bounds of a negative answer agree (RFC 2308). */
export const startOfAuthority = (zone: Zone, negativeTtlSeconds: number): Answer => ({
  type: 'SOA',
  name: zone.domainName,
  ttl: negativeTtlSeconds,
  data: {
    mname: NAME_SERVERS[0] ?? '',
    rname: 'hostmaster.alidns.com',
    serial: zone.serial,
    refresh: 3600,
    retry: 1200,
    expire: 86_400,
    minimum: negativeTtlSeconds,
  },
});

export const nameServersOf = ({ domainName }: Zone): readonly Answer[] =>
  NAME_SERVERS.map((data) => ({ type: 'NS', name: domainName, ttl: NAME_SERVER_TTL, data }));
