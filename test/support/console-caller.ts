import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from '@jest/globals';
import { type SessionView } from '../../functions/console/api';
import { repositoryRoot } from '../../infra/local/repository';
import { type Side } from '../../infra/rehearsal/start-side';

const PROGRAM = join(repositoryRoot(__dirname), 'dist', 'cli', 'evenkeel.js');

/** The link that `evenkeel console login` prints for somebody. */
export async function loginLink(side: Side, by: string): Promise<string> {
  const words = ['console', 'login', '--by', by, '--url', side.consoleUrl ?? ''];
  const env = { ...process.env, EVENKEEL_CONSOLE_SECRET: side.consoleSecret ?? '' };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [PROGRAM, ...words, '-p', side.policyFile],
    { env },
  );
  return stdout.trim();
}

/** Somebody who has signed in. */
export interface SignedIn {
  /** What their browser keeps. */
  readonly cookie: string;
  /** What goes along with every order. */
  readonly token: string;
}

/** Sends what the console’s own page would. */
export async function postTo(
  side: Side,
  path: string,
  body: object,
  session?: SignedIn,
): Promise<Response> {
  const url = new URL(path, side.consoleUrl ?? '');
  const headers = { origin: url.origin, 'content-type': 'application/json' };
  const mine = session && { cookie: session.cookie, 'x-evenkeel-request': session.token };
  const init = { method: 'POST', body: JSON.stringify(body), headers: { ...headers, ...mine } };
  return fetch(url, init);
}

/** Signs in by name and secret, or by the token of a link. */
export async function signInAt(side: Side, body: object): Promise<SignedIn> {
  const reply = await postTo(side, '/api/session', body);
  const { requestToken } = (await reply.json()) as SessionView;
  const cookie = (reply.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return { cookie, token: requestToken ?? '' };
}

/** Texts at these paths, each of which must be answered with its status; in turn, as the function has few instances. */
export async function textsAt(
  side: Side,
  { cookie }: SignedIn,
  asked: readonly (readonly [path: string, status: number])[],
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const [path, status] of asked) {
    const reply = await fetch(new URL(path, side.consoleUrl ?? ''), { headers: { cookie } });
    expect([path, reply.status]).toEqual([path, status]);
    texts.push(await reply.text());
  }
  return texts;
}
