import { connect } from 'node:net';

/** A client that asked once and then keeps its connection, as a long stream or a pooled one would. */
export interface HeldConnection {
  /** Who answered. */
  readonly instanceId: string;
  readonly isOpen: () => boolean;
  readonly close: () => void;
}

/** Resolves once the instance behind the connection has named itself; rejects when it is broken off before. */
export const holdConnection = (address: {
  readonly host: string;
  readonly port: number;
}): Promise<HeldConnection> =>
  new Promise((resolve, reject) => {
    const socket = connect(address);
    let isOpen = true;
    let text = '';
    socket.once('connect', () => socket.write('GET /health HTTP/1.1\r\nHost: held\r\n\r\n'));
    socket.on('error', reject);
    socket.once('close', () => {
      isOpen = false;
      reject(new Error('It was broken off before anybody answered.'));
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const instanceId = /^x-backend: *(\S+)/im.exec(text)?.[1];
      if (instanceId !== undefined)
        resolve({ instanceId, isOpen: () => isOpen, close: () => socket.destroy() });
    });
  });
