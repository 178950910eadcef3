import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import { type FakeDirectory } from './slb-world';

export interface RealBackend {
  readonly instanceId: string;
  readonly port: number;
  readonly sockets: ReadonlySet<Socket>;
  /** Requests other than health checks. */
  requests: number;
  lastHeaders: IncomingMessage['headers'];
  /** Refuses new connections; open ones live on. */
  readonly stopListening: () => void;
  readonly close: () => Promise<void>;
}

export type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** A real HTTP server on an address of its own, all on one port, entered in the directory as an instance. Answers `/health` at once. */
export async function realBackend(
  directory: FakeDirectory,
  instanceId: string,
  options: { readonly address: string; readonly port?: number; readonly serve?: Serve },
): Promise<RealBackend> {
  const sockets = new Set<Socket>();
  const answer: Serve = options.serve ?? ((_request, response) => void response.end('hello'));
  const server: Server = createServer((request, response) => {
    response.setHeader('x-backend', instanceId);
    if (request.url === '/health') return void response.end();
    backend.requests++;
    backend.lastHeaders = request.headers;
    answer(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(options.port ?? 0, options.address, resolve),
  );
  const { port } = server.address() as AddressInfo;
  const backend: RealBackend = {
    instanceId,
    port,
    sockets,
    requests: 0,
    lastHeaders: {},
    stopListening: () => stopListening(server),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  directory.add(instanceId, { address: options.address, servicePort: port });
  return backend;
}

/** `http.Server#close` would also end idle connections; closing the listening socket alone does not. */
const stopListening = (server: Server): void => {
  NetServer.prototype.close.call(server);
};
