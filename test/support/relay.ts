import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePortOn } from '../../infra/rehearsal/free-port';

/** One address that leads to whichever server it was told last, as the address of a managed database does. */
export interface Relay {
  readonly port: number;
  /** From now on to that port; connections to the old one are cut. */
  lead(port: number): void;
  /** The next answer does not arrive: its connection is cut instead. */
  loseAnswer(): void;
  stop(): Promise<void>;
}

const HOST = '127.0.0.1';

export async function startRelay(first: number): Promise<Relay> {
  const port = await freePortOn([HOST]);
  const open = new Set<Socket>();
  let target = first;
  let isAnswerLost = false;
  const cut = (): void => open.forEach((socket) => socket.destroy());
  const server: Server = createServer((near) => {
    const far = connect({ host: HOST, port: target });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far);
    far.on('data', (bytes) => {
      if (isAnswerLost) far.destroy();
      else near.write(bytes);
      isAnswerLost = false;
    });
  });
  await new Promise<void>((resolve) => void server.listen(port, HOST, resolve));
  return {
    port,
    lead: (next) => {
      target = next;
      cut();
    },
    loseAnswer: () => void (isAnswerLost = true),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}
