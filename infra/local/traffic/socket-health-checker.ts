import { request } from 'node:http';
import { connect } from 'node:net';
import { type HealthChecker, type HealthCheckSettings } from '../contracts';

/** Checks backends over real sockets: TCP connects and resets, HTTP asks on a fresh connection and looks at the status class. */
export class SocketHealthChecker implements HealthChecker {
  check(address: string, port: number, settings: HealthCheckSettings): Promise<boolean> {
    if (address === '' || port === 0) return Promise.resolve(false);
    return settings.kind === 'tcp'
      ? connects(address, port, settings.timeoutMs)
      : answers(address, port, settings);
  }
}

const connects = (host: string, port: number, timeoutMs: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port });
    const conclude = (isGood: boolean): void => {
      clearTimeout(timer);
      // A reset needs an established connection; on any other socket it would wait for one.
      if (isGood) socket.resetAndDestroy();
      else socket.destroy();
      resolve(isGood);
    };
    const timer = setTimeout(conclude, timeoutMs, false);
    socket.once('connect', () => conclude(true));
    socket.once('error', () => conclude(false));
  });

const answers = (host: string, port: number, settings: HealthCheckSettings): Promise<boolean> =>
  new Promise((resolve) => {
    const conclude = (isGood: boolean): void => {
      clearTimeout(timer);
      check.destroy();
      resolve(isGood);
    };
    const headers = { connection: 'close' };
    const check = request({
      host,
      port,
      path: settings.path,
      method: settings.method,
      agent: false,
      headers,
    });
    const timer = setTimeout(conclude, settings.timeoutMs, false);
    check.once('response', ({ statusCode }) =>
      conclude(settings.statusClasses.includes(Math.floor((statusCode ?? 0) / 100))),
    );
    check.once('error', () => conclude(false));
    check.end();
  });
