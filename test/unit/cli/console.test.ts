import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { buildProgram } from '../../../infra/cli/program';
import { CONSOLE_SECRET, createConsole } from '../../support/console';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-console-'));
  const pools = 'pools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }]\n';
  const head = 'version: 1\nregion: cn-hangzhou\n';
  const section = 'console: { secret: { current: env:EVENKEEL_CONSOLE_SECRET } }\n';
  writeFileSync(join(folder, 'evenkeel.yaml'), head + section + pools);
  writeFileSync(join(folder, 'closed.yaml'), head + pools);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function login(file: string, now: number, ...args: readonly string[]) {
  const told: string[] = [];
  let exit: number | null = null;
  const program = buildProgram({
    terminal: {
      out: (text) => void told.push(text),
      err: (text) => void told.push(text),
      colours: createColors(false),
      isInteractive: false,
    },
    variables: { EVENKEEL_CONSOLE_SECRET: CONSOLE_SECRET },
    now: () => now,
    onInterrupt: () => undefined,
    finish: (code) => void (exit = code),
  });
  const rest = ['-p', join(folder, file), ...args];
  await program.parseAsync(['node', 'evenkeel', 'console', 'login', ...rest]);
  return { exit, text: told.join('\n') };
}

const URL_OPTION = ['--url', 'https://console.example.com/'];

describe('evenkeel console login', () => {
  it('prints a link that signs one person in once', async () => {
    const { ask, clock, OWN } = createConsole();
    const { exit, text } = await login('evenkeel.yaml', clock.now(), '--by', 'ann', ...URL_OPTION);
    expect(exit).toBe(0);
    const link = /^https:\/\/console\.example\.com\/#sign-in=([\w.-]+)$/.exec(text)?.[1];
    const use = async () => ask('POST', '/api/session', { headers: OWN, body: { link } });
    expect(await use()).toMatchObject({ status: 200, json: { by: 'ann' } });
    expect((await use()).status).toBe(401);
    expect(text).not.toContain(CONSOLE_SECRET);
  });

  it.each(['http://console.example.com/', 'http://127.0.0.1.example.com/', 'ftp://localhost/'])(
    'prints none that others on the way could read: %s',
    async (url) => {
      const { exit, text } = await login('evenkeel.yaml', 0, '--url', url);
      expect(exit).toBe(2);
      expect(text).toContain('is not HTTPS');
      expect(text).not.toContain('sign-in=');
    },
  );

  it('prints one for this machine over plain HTTP, which counts there alone', async () => {
    const { ask, clock, OWN } = createConsole();
    const host = '127.0.0.1:8080';
    const url = ['--url', `http://${host}`];
    const { text } = await login('evenkeel.yaml', clock.now(), '--by', 'ann', ...url);
    const link = /#sign-in=([\w.-]+)$/.exec(text)?.[1];
    const headers = { ...OWN, host, origin: `http://${host}` };
    expect((await ask('POST', '/api/session', { headers: OWN, body: { link } })).status).toBe(401);
    expect((await ask('POST', '/api/session', { headers, body: { link } })).status).toBe(200);
  });

  it('says what is missing', async () => {
    expect((await login('evenkeel.yaml', 0)).text).toContain('--url');
    expect((await login('closed.yaml', 0, ...URL_OPTION)).text).toContain('console.secret');
  });
});
