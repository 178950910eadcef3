import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What `dig` printed: the status and flags of the header, and the lines of the answer as `NAME TTL TYPE VALUE`. */
export interface Dug {
  readonly status: string;
  readonly flags: readonly string[];
  readonly answers: readonly string[];
  readonly text: string;
}

/** Runs Debian's `dig` (package dnsutils) once against `127.0.0.1:PORT`; two seconds, one try. */
export async function dig(server: string, ...words: readonly string[]): Promise<Dug> {
  const [host = '', port = ''] = server.split(':');
  const fixed = ['-p', port, `@${host}`, '+time=2', '+tries=1', '+norecurse'];
  const { stdout } = await run('dig', [...fixed, ...words]);
  return {
    status: /status: ([A-Z]+)/.exec(stdout)?.[1] ?? 'none',
    flags: /flags: ([a-z ]*);/.exec(stdout)?.[1]?.split(' ') ?? [],
    answers: section(stdout, 'ANSWER'),
    text: stdout,
  };
}

const section = (text: string, name: string): readonly string[] =>
  (text.split(`;; ${name} SECTION:\n`)[1]?.split('\n\n')[0] ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/\tIN\t/, ' ').replace(/\s+/g, ' '));
