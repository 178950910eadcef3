import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { replyTo } from './dns-message';
import { type AlidnsModel } from './model';

export interface DnsServerOptions {
  readonly model: AlidnsModel;
  /** Numbers in [0, 1), for draws by weight. */
  readonly random: () => number;
  /** 0 takes a free one. */
  readonly port?: number;
}

export interface DnsServer {
  /** `127.0.0.1:PORT`, over UDP and TCP. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';
/** A connection over which nothing comes for this long is closed. */
const IDLE_MS = 10_000;
const CONNECTIONS_MAX = 256;
/** A free UDP port may be taken over TCP; then another is tried. */
const PORT_TRIES = 20;

type Reply = (bytes: Buffer, source: string, transport: 'udp' | 'tcp') => Buffer | undefined;

/** Serves the published zones over UDP and TCP on one loopback port. Rejects when the port cannot be had. */
export async function startDnsServer(options: DnsServerOptions): Promise<DnsServer> {
  const { model, random, port = 0 } = options;
  const reply: Reply = (bytes, source, transport) =>
    replyTo(model, { bytes, source, transport }, random);
  const { udp, tcp, connections } = await bindBoth(port, reply);
  return {
    endpoint: `${HOST}:${udp.address().port}`,
    async stop() {
      for (const connection of connections) connection.destroy();
      await Promise.all([
        new Promise<void>((resolve) => udp.close(resolve)),
        new Promise<void>((resolve) => tcp.close(() => resolve())),
      ]);
    },
  };
}

interface Sockets {
  readonly udp: UdpSocket;
  readonly tcp: Server;
  readonly connections: ReadonlySet<Socket>;
}

async function bindBoth(port: number, reply: Reply): Promise<Sockets> {
  for (let tries = 1; ; tries++) {
    const udp = await bindUdp(port, reply);
    try {
      return { udp, ...(await listenTcp(udp.address().port, reply)) };
    } catch (error) {
      udp.close();
      if (port !== 0 || tries >= PORT_TRIES) throw error;
    }
  }
}

const bindUdp = (port: number, reply: Reply): Promise<UdpSocket> =>
  new Promise((resolve, reject) => {
    const udp = createSocket('udp4');
    udp.once('error', reject);
    udp.on('message', (bytes, { address, port: from }) => {
      const answer = reply(bytes, address, 'udp');
      if (answer !== undefined) udp.send(answer, from, address, () => undefined);
    });
    udp.bind(port, HOST, () => {
      udp.off('error', reject);
      udp.on('error', () => undefined); // one datagram that could not be sent is the client's to ask for again
      resolve(udp);
    });
  });

const listenTcp = (port: number, reply: Reply): Promise<Omit<Sockets, 'udp'>> =>
  new Promise((resolve, reject) => {
    const connections = new Set<Socket>();
    const tcp = createServer((connection) => {
      connections.add(connection);
      connection.once('close', () => connections.delete(connection));
      serveConnection(connection, reply);
    });
    tcp.maxConnections = CONNECTIONS_MAX;
    tcp.once('error', reject);
    tcp.listen(port, HOST, () => {
      tcp.off('error', reject);
      resolve({ tcp, connections });
    });
  });

/** Messages follow each other, each after its length in two bytes. What gets no reply ends the connection. */
function serveConnection(connection: Socket, reply: Reply): void {
  let rest: Buffer = Buffer.alloc(0);
  connection.setTimeout(IDLE_MS, () => connection.destroy());
  connection.on('error', () => undefined); // the client hung up; there is nobody to tell
  connection.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      const answer = reply(rest.subarray(2, end), connection.remoteAddress ?? '', 'tcp');
      if (answer === undefined) return void connection.destroy();
      connection.write(Buffer.concat([lengthOf(answer), answer]));
      rest = rest.subarray(end);
    }
  });
}

const lengthOf = (bytes: Buffer): Buffer => {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return length;
};
