import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { buildProgram } from '../../../infra/cli/program';
import { policyText } from '../../support/policy-texts';

let folder = '';
const file = (name = 'evenkeel.yaml'): string => join(folder, name);
const write = (text: string): void => writeFileSync(file(), text);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-cli-policy-'));
  write(policyText());
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Runs `evenkeel policy …` in this process; with an answer there is somebody to ask. */
async function run(args: readonly string[], answer?: string) {
  const told = { out: [] as string[], err: [] as string[], exit: -1 };
  const program = buildProgram({
    terminal: {
      out: (text) => void told.out.push(text),
      err: (text) => void told.err.push(text),
      colours: createColors(false),
      isInteractive: false,
      ...(answer !== undefined && { ask: () => Promise.resolve(answer) }),
    },
    variables: {},
    now: Date.now,
    onInterrupt: () => undefined,
    finish: (code) => void (told.exit = code),
  });
  await program.parseAsync(['node', 'evenkeel', 'policy', ...args, '-p', file()]);
  return { exit: told.exit, text: told.out.join('\n'), error: told.err.join('\n') };
}
const push = async (text: string, ...more: readonly string[]) => {
  write(text);
  return run(['push', '--note', 'try it', '--by', 'ann', '--yes', ...more]);
};

describe('policy push', () => {
  it('stores the file as the next version, and says when it counts', async () => {
    expect(await push(policyText())).toMatchObject({ exit: 0, error: '' });
    const { text, exit } = await push(policyText('mode: enforce'));
    expect(exit).toBe(0);
    expect(text).toMatch(/^Version 2 is the newest now: policy [0-9a-f]{12}\. .*next look on\.$/u);
    expect((await push(policyText('mode: enforce'))).text).toBe(
      'Version 2 has this very text; nothing was stored.',
    );
    const history = await run(['history']);
    expect(history.text).toMatch(/2 +\d{4}-.* ann +[0-9a-f]{12} +\d+ +try it\n.*1 +\d{4}-/u);
  });

  it('shows what would change, and stores nothing, with --plan', async () => {
    await push(policyText());
    write(`${policyText('mode: enforce')}  - { name: api, targets: [{ loadBalancer: lb-2 }] }\n`);
    const { exit, text } = await run(['push', '--note', 'n', '--plan']);
    expect(exit).toBe(0);
    expect(text).toContain('pools.web.mode\n  - "observe"\n  + "enforce"');
    expect(text).toContain('Added: pools.api.');
    expect((await run(['history'])).text).not.toMatch(/^2/mu);
  });

  it('shows it to whoever is asked, and takes no for an answer', async () => {
    await push(policyText());
    write(policyText('mode: enforce'));
    const refused = await run(['push', '--note', 'n'], 'n');
    expect(refused).toMatchObject({ exit: 1 });
    expect(refused.error).toContain('+ "enforce"');
    expect(refused.error).toContain('Nothing was ordered.');
    expect((await run(['push', '--note', 'n'], 'y')).text).toContain('Version 2 is the newest');
  });

  it('stores nothing where nobody can be asked', async () => {
    expect(await run(['push', '--note', 'n'])).toMatchObject({ exit: 2 });
    expect(existsSync(file('state/documents'))).toBe(false);
  });

  it('refuses what is not valid with every problem, as validate does, before it asks', async () => {
    const { exit, error } = await push(policyText('mode: obsrve, wotch: never'));
    expect(exit).toBe(1);
    expect(error).toContain('is not valid');
    expect(error).toMatch(/evenkeel\.yaml:5:\d+: pools\[0\]\.mode: .*did you mean observe\?/u);
    expect(error).toMatch(/pools\[0\]\.wotch: unknown key; did you mean watch\?/u);
  });

  it('refuses to write over a version that its author has not seen', async () => {
    await push(policyText());
    await push(policyText('watch: never'));
    const { exit, error } = await push(policyText('mode: enforce'), '--onto', '1');
    expect(exit).toBe(1);
    expect(error).toMatch(/Somebody else changed the policy in the store: version 2 by ann/u);
  });

  it('tells the same as JSON', async () => {
    const { text } = await push(policyText(), '--json');
    expect(JSON.parse(text)).toMatchObject({
      kind: 'policy-stored',
      stored: { version: 1, by: 'ann', note: 'try it', restores: null },
      differences: [{ path: '' }],
    });
    const refused = await push('version: 1', '--json');
    expect(JSON.parse(refused.text)).toMatchObject({ error: { code: 'problem' } });
  });

  it.each([
    ['{ kind: memory }', 'a store in memory'],
    ['{ kind: flie }', 'does not say where the store is'],
  ])('needs a store that keeps it: %s', async (store, said) => {
    const text = policyText().replace('{ kind: file, path: state }', store);
    const { exit, error } = await push(text);
    expect(exit).toBe(1);
    expect(error).toContain(said);
  });
});

describe('policy diff', () => {
  it('compares the newest with the file: exit code 0 when they are the same, 10 when not', async () => {
    await push(policyText());
    expect(await run(['diff'])).toMatchObject({ exit: 0, text: expect.stringContaining('same') });
    write(`# a comment\n${policyText()}`);
    expect(await run(['diff'])).toMatchObject({ exit: 0 });
    write(policyText('mode: enforce'));
    const { exit, text } = await run(['diff']);
    expect(exit).toBe(10);
    expect(text).toContain('version 1 (ann: try it) → ');
    expect(text).toContain('pools.web.mode\n  - "observe"\n  + "enforce"\nChanged: pools.web.');
  });

  it('compares a version with the file, and two versions', async () => {
    await push(policyText());
    await push(policyText('mode: enforce'));
    expect(await run(['diff', '1'])).toMatchObject({ exit: 10 });
    expect(await run(['diff', '2'])).toMatchObject({ exit: 0 });
    const { exit, text } = await run(['diff', '2', '1', '--json']);
    expect(exit).toBe(10);
    expect(JSON.parse(text)).toMatchObject({
      isSame: false,
      differences: [{ path: 'pools.web.mode', before: 'enforce', after: 'observe' }],
      reach: { changed: ['pools.web'], added: [], removed: [], isGeneral: false },
    });
    expect(await run(['diff', '9'])).toMatchObject({ exit: 1 });
  });

  it('compares with an empty store, too', async () => {
    const { exit, text } = await run(['diff']);
    expect(exit).toBe(10);
    expect(text).toContain('an empty store → ');
  });
});

describe('policy rollback', () => {
  it('brings back the version before the newest, or the one that is named, as a new one', async () => {
    for (const mode of ['observe', 'enforce', 'observe, watch: never'])
      await push(policyText(`mode: ${mode}`));
    expect((await run(['rollback', '--yes'])).text).toMatch(
      /^Version 4 is the newest now, the text of version 2 again: /u,
    );
    expect((await run(['rollback', '1', '--yes'])).text).toContain('the text of version 1 again');
    expect((await run(['show'])).text).toBe(policyText().trimEnd());
    expect((await run(['history'])).text).toMatch(/back to version 1 \[again 1\]/u);
  });

  it('works beside a policy file that is spoilt, as it may be at night', async () => {
    await push(policyText());
    await push(policyText('mode: enforce'));
    write(policyText('mode: [spoilt'.replace('[', '')));
    expect(await run(['rollback', '--yes'])).toMatchObject({ exit: 0 });
  });

  it('shows first what changes, and stores nothing with --plan', async () => {
    await push(policyText());
    await push(policyText('mode: enforce'));
    expect((await run(['rollback', '--plan'])).text).toContain('- "enforce"\n  + "observe"');
    expect((await run(['rollback'], 'no')).error).toContain('+ "observe"');
    expect((await run(['history', '--json'])).text).not.toContain('"version": 3');
  });

  it('says that there is nothing to bring back', async () => {
    expect(await run(['rollback', '--yes'])).toMatchObject({
      exit: 1,
      error: expect.stringContaining('The store has no policy yet'),
    });
    await push(policyText());
    expect(await run(['rollback', '3', '--yes'])).toMatchObject({
      exit: 1,
      error: expect.stringContaining('There is no version 3; the store has 1 to 1.'),
    });
  });
});

describe('policy show', () => {
  it('prints a version as it was pushed, comments included', async () => {
    await push(policyText());
    await push(policyText('mode: enforce'));
    expect((await run(['show', '1'])).text).toBe(policyText().trimEnd());
    expect((await run(['show', '--json'])).text).toContain('# where we are');
    expect((await run(['history'])).exit).toBe(0);
  });
});
