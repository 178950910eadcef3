import { redact } from '../redact';

/** Answers after which the server, or the one that takes its place, may say something else. */
const PASSING = /^(LATE|READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|ASK|BUSY|UNBLOCKED)$/;
const UNAUTHENTICATED = /^(WRONGPASS|NOAUTH|ERR invalid password)\b/;

/** What to do about an answer, for people, by its first word. */
const ADVICE: Readonly<Record<string, string>> = {
  READONLY: 'give the address of the primary, or of a proxy that finds it',
  LOADING: 'it goes on by itself once the server has read its data',
  BUSY: 'somebody’s script keeps the server: end it there with SCRIPT KILL',
  MOVED: 'give the address of a proxy, or of a node that can be reached from here with all others',
  ASK: 'the slot of this store is being moved: it goes on by itself afterwards',
  TRYAGAIN: 'the slot of this store is being moved: it goes on by itself afterwards',
  CLUSTERDOWN: 'the cluster does not serve all slots: see CLUSTER INFO there',
  CROSSSLOT:
    'what stands in between puts one store on several shards: give the address of one shard',
  MASTERDOWN: 'the replica has lost its primary: give the address of the primary',
  NOREPLICAS: 'fewer replicas follow than the server’s min-replicas-to-write',
  MISCONF: 'the server cannot write to its disk, and takes no changes until it can',
  OOM: 'the server is full: give it more memory, and the policy noeviction',
  NOPERM:
    'the user needs @read, @write, @scripting, INFO, TIME and WAIT on the keys of the namespace',
  NOAUTH: 'name the password in the address, as ?password=env:NAME',
  WRONGPASS:
    'the password or the user is wrong: during a rotation name both, as password and nextPassword',
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');
const isReply = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';

/** Servers before 7 wrap what a command says within a script. */
const WITHIN_SCRIPT = /^ERR Error running script .*: -([A-Z]+ .*)$/s;

/** What the server said, beginning with its code where it has one. Example: `READONLY You can’t write against a read only replica.` */
const sayingOf = (error: unknown): string => {
  const message = messageOf(error);
  return WITHIN_SCRIPT.exec(message)?.[1] ?? message;
};

const codeOf = (error: unknown): string => /^[A-Z]+/.exec(sayingOf(error))?.[0] ?? '';

/** Whether the same on a new connection may come to something: all but an answer that will stay the same. */
export const isPassing = (error: unknown): boolean =>
  !isReply(error) || PASSING.test(codeOf(error));

export const isWrongPassword = (error: unknown): boolean =>
  isReply(error) && UNAUTHENTICATED.test(sayingOf(error));

/** A server's address. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/**
 * Where the keys are, as a node of a cluster says that does not have them; null for anything else. A node that does not know its own
 * name leaves it out: then it is that of the one asked.
 *
 * Example: `MOVED 3999 10.0.0.7:6381` → port 6381 of 10.0.0.7; `MOVED 3999 :6381` → that port of the one asked.
 */
export function movedTo(error: unknown, asked: Place): Place | null {
  const [, host = '', port] =
    /^MOVED \d+ (\S*):(\d+)$/.exec(isReply(error) ? sayingOf(error) : '') ?? [];
  return port === undefined ? null : { host: host === '' ? asked.host : host, port: Number(port) };
}

const isSystemCode = (code: unknown): code is string =>
  typeof code === 'string' && /^[A-Z][A-Z0-9_]+$/.test(code);

/**
 * What went wrong and what to do about it, in a few words that are safe to show. The client's own errors carry the command and with it
 * passwords and documents: nothing of them but this goes any further.
 *
 * Example: `ECONNREFUSED`; `READONLY You can't write against a read only replica.: give the address of the primary, …`.
 */
export function failureText(error: unknown): string {
  const code: unknown =
    typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  if (isSystemCode(code)) return code;
  const [beginning = ''] = sayingOf(error).split(', with args');
  const told = redact(beginning, 120) || 'no reason given';
  const advice = isReply(error) ? ADVICE[codeOf(error)] : undefined;
  return advice === undefined ? told : `${told}: ${advice}`;
}
