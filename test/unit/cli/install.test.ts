import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { buildProgram } from '../../../infra/cli/program';
import { type LocalRegion, startLocalRegion } from '../../../infra/local/region';

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-install-'));
const POLICY = `
version: 1
region: cn-local
alarmSecret: { current: env:ALARM }
alarms: { callback: https://on-alarm.example, contacts: [ann] }
pools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }]
`;

let region: LocalRegion;
beforeEach(async () => {
  region = await startLocalRegion({ network: 100 });
  region.cms.contacts.add('ann');
  const { regionId, accountId, accessKeyId, accessKeySecret, endpoints } = region;
  const { openapi } = endpoints;
  const line = { regionId, accountId, accessKeyId, accessKeySecret, openapi };
  writeFileSync(join(folder, 'endpoints.json'), JSON.stringify(line));
  writeFileSync(join(folder, 'evenkeel.yaml'), POLICY);
});
afterEach(async () => region.stop());
afterAll(() => rmSync(folder, { recursive: true }));

/** Everything that the region was asked to change. */
const writes = (): readonly string[] =>
  region.requestLog
    .find({})
    .map(({ action }) => action)
    .filter((action) => /^(Put|Delete|Enable)/.test(action));

interface Told {
  readonly text: string;
  /** Writes that the region had heard by then. */
  readonly writes: number;
}

/** Runs a command in this process; an answer is given to every question. */
async function run(answer: string | null, ...args: readonly string[]) {
  const told: Told[] = [];
  let exit: number | null = null;
  const say = (text: string) => void told.push({ text, writes: writes().length });
  const program = buildProgram({
    terminal: {
      ...{ out: say, err: say, colours: createColors(false), isInteractive: false },
      ...(answer !== null && {
        ask: (question: string) => {
          say(question);
          return Promise.resolve(answer);
        },
      }),
    },
    variables: {},
    now: Date.now,
    onInterrupt: () => undefined,
    finish: (code) => void (exit = code),
  });
  const place = ['-p', join(folder, 'evenkeel.yaml'), '--local', join(folder, 'endpoints.json')];
  await program.parseAsync(['node', 'evenkeel', ...args, ...place]);
  return { exit, told, text: told.map(({ text }) => text).join('\n') };
}

const lineOf = (told: readonly Told[], pattern: RegExp) =>
  told.findIndex(({ text }) => pattern.test(text));

describe('evenkeel install', () => {
  it('says what a month costs before it asks, and makes nothing without a yes', async () => {
    const { told, exit } = await run('n', 'install');
    expect(exit).toBe(1);
    const costs = lineOf(told, /^A month of the whole deployment: about [\d.]+ CNY$/);
    expect(costs).toBeGreaterThanOrEqual(0);
    expect(lineOf(told, /Set this up\?/)).toBeGreaterThan(costs);
    expect(writes()).toEqual([]);
  });

  it('says it before anything is made, also where nobody is asked, and shows a new secret once', async () => {
    const { told, exit, text } = await run(null, 'install', '--yes');
    expect(exit).toBe(0);
    expect(told[lineOf(told, /^A month of the whole deployment/)]?.writes).toBe(0);
    expect(writes().length).toBeGreaterThan(0);
    const [, secret = ''] = /^ {2}export ALARM=([\w-]{32})$/m.exec(text) ?? [];
    expect(region.cms.alarms.find('evenkeel_main_lb-1_errors')?.webhook).toBe(
      `https://on-alarm.example/${secret}`,
    );
    const again = await run(null, 'install', '--yes');
    expect(again.text).toMatch(/^No change\.$/m);
    expect(again.text).not.toContain(secret);
  });
});
