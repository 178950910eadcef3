import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { type Answer, decode, type DecodedPacket, encode, RECURSION_DESIRED } from 'dns-packet';

/** IPv4 addresses of a name, none where it has none, and how long that may be kept. */
export interface LookupResult {
  readonly addresses: readonly string[];
  readonly ttlSeconds: number;
}

/** Rejects when no server gives an answer that can be used. */
export type DnsLookup = (name: string) => Promise<LookupResult>;

export interface DnsLookupOptions {
  /** `127.0.0.1:PORT`, asked in this order. */
  readonly servers: readonly string[];
  /** Each server's time for an answer. */
  readonly timeoutMs: number;
}

const UDP_BYTES = 1232;
const NXDOMAIN = 3;

/** Asks DNS servers for the A records of a name, over UDP, and over TCP where the answer was cut. */
export function dnsLookup({ servers, timeoutMs }: DnsLookupOptions): DnsLookup {
  return async (name) => {
    const failures: string[] = [];
    for (const server of servers) {
      const query = queryFor(name);
      try {
        const reply = await askOverUdp(server, query, timeoutMs);
        return readReply(reply.flag_tc ? await askOverTcp(server, query, timeoutMs) : reply);
      } catch (error) {
        failures.push(`${server}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    throw new Error(`No DNS server answers for ${name} (${failures.join('; ')}).`);
  };
}

interface Query {
  readonly id: number;
  readonly bytes: Buffer;
}

function queryFor(name: string): Query {
  const id = randomInt(0, 65_536);
  const edns = { udpPayloadSize: UDP_BYTES, extendedRcode: 0, ednsVersion: 0, flags: 0 };
  const bytes = encode({
    ...{ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type: 'A', name }] },
    additionals: [{ type: 'OPT', name: '.', ...edns, flag_do: false, options: [] }],
  });
  return { id, bytes };
}

function place(server: string): { readonly host: string; readonly port: number } {
  const [host = '', port = ''] = server.split(':');
  return { host, port: Number(port) };
}

const unanswered = (timeoutMs: number): Error => new Error(`no answer within ${timeoutMs} ms`);

/** The first datagram with our id that can be read; others are not for us. */
const askOverUdp = (server: string, query: Query, timeoutMs: number): Promise<DecodedPacket> =>
  new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      socket.removeAllListeners().on('error', () => undefined);
      socket.close();
      act();
    };
    const timer = setTimeout(() => settle(() => reject(unanswered(timeoutMs))), timeoutMs);
    socket.on('error', (error) => settle(() => reject(error)));
    socket.on('message', (bytes) => {
      const reply = readable(bytes);
      if (reply?.id === query.id) settle(() => resolve(reply));
    });
    const { host, port } = place(server);
    // Connected, so that a server that is gone shows at once as refused.
    socket.connect(port, host, () => socket.send(query.bytes));
  });

const askOverTcp = (server: string, query: Query, timeoutMs: number): Promise<DecodedPacket> =>
  new Promise((resolve, reject) => {
    const socket = connect(place(server));
    let received: Buffer = Buffer.alloc(0);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      socket.destroy();
      act();
    };
    const timer = setTimeout(() => settle(() => reject(unanswered(timeoutMs))), timeoutMs);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.bytes.length);
    socket.once('connect', () => socket.write(Buffer.concat([length, query.bytes])));
    socket.once('error', (error) => settle(() => reject(error)));
    socket.once('end', () => settle(() => reject(new Error('the connection was closed'))));
    socket.on('data', (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const reply = readable(received.subarray(2, 2 + received.readUInt16BE(0)));
      settle(() => (reply?.id === query.id ? resolve(reply) : reject(new Error('not our answer'))));
    });
  });

function readable(bytes: Buffer): DecodedPacket | undefined {
  try {
    return decode(bytes);
  } catch {
    return undefined;
  }
}

/** The shortest TTL on the way counts; for no address, the SOA's TTL or minimum, whichever is less (RFC 2308). */
function readReply({ flags = 0, answers = [], authorities = [] }: DecodedPacket): LookupResult {
  const code = flags & 0xf;
  if (code !== 0 && code !== NXDOMAIN) throw new Error(`refused with code ${code}`);
  const addresses = answers.flatMap((one) => (one.type === 'A' ? [one.data] : []));
  const ttls = addresses.length > 0 ? answers.flatMap(ttlOf) : authorities.flatMap(negativeTtlOf);
  return { addresses, ttlSeconds: ttls.length === 0 ? 0 : Math.min(...ttls) };
}

const ttlOf = (answer: Answer): readonly number[] =>
  answer.type === 'OPT' || answer.type === 'SOA' ? [] : [(answer as { ttl?: number }).ttl ?? 0];

const negativeTtlOf = (answer: Answer): readonly number[] =>
  answer.type === 'SOA' ? [Math.min(answer.ttl ?? 0, answer.data.minimum ?? 0)] : [];
