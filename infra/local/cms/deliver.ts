import { type LocalClock } from '../contracts';

export interface HttpRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly contentType: string;
  readonly body: string;
}

/** Sends one request and resolves with the status; rejects when nobody answers. Must give up when `signal` aborts. */
export type HttpPoster = (request: HttpRequest, signal: AbortSignal) => Promise<number>;

export interface DeliverySettings {
  readonly clock: LocalClock;
  readonly post: HttpPoster;
  readonly tries: number;
  readonly timeoutMs: number;
  readonly pauseMs: number;
}

/** How a delivery ended: the last status as text, or `-1` when nobody answered. */
export interface DeliveryResult {
  readonly code: string;
  readonly message: string;
  readonly isAccepted: boolean;
  readonly tries: number;
}

const pause = async (clock: LocalClock, ms: number): Promise<void> =>
  new Promise((resolve) => void clock.after(ms, resolve));

const tryOnce = async (
  request: HttpRequest,
  settings: DeliverySettings,
): Promise<Omit<DeliveryResult, 'tries'>> => {
  const abort = new AbortController();
  const timeOut = new Promise<never>((_, reject) => {
    abort.signal.addEventListener('abort', () =>
      reject(new Error(`no answer within ${settings.timeoutMs} ms`)),
    );
  });
  const cancel = settings.clock.after(settings.timeoutMs, () => abort.abort());
  try {
    const status = await Promise.race([settings.post(request, abort.signal), timeOut]);
    const isAccepted = status >= 200 && status < 300;
    return { code: String(status), message: isAccepted ? 'success' : 'refused', isAccepted };
  } catch (error) {
    return {
      code: '-1',
      message: error instanceof Error ? error.message : String(error),
      isAccepted: false,
    };
  } finally {
    cancel();
  }
};

/** Delivers a callback: up to `tries` times, each with its own time-out; any 2xx is success. Never rejects; nothing is kept for later. */
export async function deliver(
  request: HttpRequest,
  settings: DeliverySettings,
): Promise<DeliveryResult> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await tryOnce(request, settings);
    if (result.isAccepted || attempt >= settings.tries) return { ...result, tries: attempt };
    await pause(settings.clock, settings.pauseMs);
  }
}
