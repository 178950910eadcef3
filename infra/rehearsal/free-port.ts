import { createServer } from 'node:net';

/** Below the ports that systems hand out by themselves, so that one that is free now is still free when it is opened again. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;
const TRIES = 200;

/** Handed out before, and perhaps not opened yet. */
const taken = new Set<number>();

/** A port that is free on all of these addresses, each time another. Rejects when none is found. */
export async function freePortOn(hosts: readonly string[]): Promise<number> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (taken.has(port)) continue;
    taken.add(port);
    const free = await Promise.all(hosts.map(async (host) => isFree(host, port)));
    if (free.every(Boolean)) return port;
  }
  throw new Error(`No port is free on ${hosts.join(' and ')}.`);
}

const isFree = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
