import { createContext } from 'preact';
import { useContext, useEffect, useRef, useState } from 'preact/hooks';
import { type Overview, type SessionView } from '../api';
import {
  ApiError,
  type Connection,
  currentConnection,
  onConnection,
  read,
  serverNow,
} from './client';
import { type Opened } from './opened';
import { type Language, type Words } from './words';
import { ENGLISH } from './words-en';

/** What every part of the page needs. */
export interface PageContext {
  readonly language: Language;
  readonly words: Words;
  readonly session: SessionView;
  readonly overview: Overview | null;
  /** Changes whenever an order was given here: what is shown is asked for again at once. */
  readonly generation: number;
  /** An order was given, or the session changed. */
  readonly refresh: () => void;
  readonly open: (opened: Opened | null) => void;
  readonly say: (text: string, isBad?: boolean) => void;
  readonly theme: 'dark' | 'light';
}

/** The region that “everything” is of; null: it is everything there is. */
export const regionOfAll = (overview: Overview | null): string | null =>
  overview?.hasElsewhere === true ? overview.regionId : null;

export const NOBODY: SessionView = {
  by: null,
  until: null,
  requestToken: null,
  mayRead: false,
  mayWrite: false,
  canSignIn: false,
};

const nothing = (): void => undefined;

export const Page = createContext<PageContext>({
  language: 'en',
  words: ENGLISH,
  session: NOBODY,
  overview: null,
  generation: 0,
  refresh: nothing,
  open: nothing,
  say: nothing,
  theme: 'dark',
});

export const usePage = (): PageContext => useContext(Page);

/** How long somebody who looks elsewhere waits. */
const HIDDEN_FACTOR = 5;
const RETRY_MS = 2000;
const RETRY_MAX_MS = 10_000;

export interface Live<T> {
  /** Stays as it was while the console does not answer. */
  readonly data: T | null;
  readonly error: ApiError | null;
}

/**
 * Asks again and again, every `everyMs`, and at once when `key` changes; null as path asks nothing. Without an answer it tries again by
 * itself, at longer intervals up to ten seconds.
 */
export function useLive<T>(path: string | null, everyMs: number, key = ''): Live<T> {
  const [live, setLive] = useState<Live<T> & { path: string | null }>({
    data: null,
    error: null,
    path,
  });
  useEffect(() => {
    if (path === null) return undefined;
    let timer = 0;
    let isOver = false;
    let failures = 0;
    const look = async (): Promise<void> => {
      const found = await attempt<T>(path);
      if (isOver) return;
      failures = found.error?.status === 0 ? failures + 1 : 0;
      setLive((before) => {
        const data = found.data ?? (before.path === path ? before.data : null);
        const isSame = before.path === path && before.data === data;
        return isSame && before.error === found.error ? before : { data, error: found.error, path };
      });
      const retryMs = Math.min(RETRY_MAX_MS, RETRY_MS * failures);
      const waitMs = failures > 0 ? retryMs : everyMs * (document.hidden ? HIDDEN_FACTOR : 1);
      timer = window.setTimeout(() => void look(), waitMs);
    };
    void look();
    const onSeen = (): void => {
      if (document.hidden) return;
      window.clearTimeout(timer);
      void look();
    };
    document.addEventListener('visibilitychange', onSeen);
    return () => {
      isOver = true;
      window.clearTimeout(timer);
      document.removeEventListener('visibilitychange', onSeen);
    };
  }, [path, everyMs, key]);
  return live.path === path ? live : { data: null, error: null };
}

async function attempt<T>(path: string): Promise<Live<T>> {
  try {
    return { data: await read<T>(path), error: null };
  } catch (error) {
    return { data: null, error: error instanceof ApiError ? error : new ApiError(0, 'page', '') };
  }
}

/** The connection, whenever it changes. */
export function useConnection(): Connection {
  const [connection, setConnection] = useState(currentConnection());
  useEffect(() => onConnection(() => setConnection(currentConnection())), []);
  return connection;
}

/** The server’s time, anew every `everyMs`. */
export function useNow(everyMs = 1000): number {
  const [now, setNow] = useState(serverNow());
  useEffect(() => {
    const timer = window.setInterval(() => setNow(serverNow()), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs]);
  return now;
}

/** A setting that the browser keeps, where it keeps anything. */
export function useKept<T extends string>(
  name: string,
  preset: T,
  choices: readonly T[],
): [T, (value: T) => void] {
  const [value, setValue] = useState<T>(
    () => choices.find((choice) => choice === kept(name)) ?? preset,
  );
  const set = (next: T): void => {
    setValue(next);
    try {
      window.localStorage.setItem(`evenkeel-${name}`, next);
    } catch {
      // a browser that keeps nothing shows it for now
    }
  };
  return [value, set];
}

function kept(name: string): string | null {
  try {
    return window.localStorage.getItem(`evenkeel-${name}`);
  } catch {
    return null;
  }
}

/** Calls the newest version of a function, so that listeners need not be put up anew. */
export function useLatest<T>(value: T): { readonly current: T } {
  const latest = useRef(value);
  latest.current = value;
  return latest;
}
