import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createColors } from 'picocolors';
import { buildProgram } from '../../../infra/cli/program';

const TICKS = join(__dirname, '../../replay/ticks');

let folder = '';
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'evenkeel-replay-'))));
afterEach(() => rmSync(folder, { recursive: true }));

async function replay(...args: readonly string[]) {
  const out: string[] = [];
  const err: string[] = [];
  let exit: number | null = null;
  const program = buildProgram({
    terminal: {
      out: (text) => void out.push(text),
      err: (text) => void err.push(text),
      colours: createColors(false),
      isInteractive: false,
    },
    variables: {},
    now: () => 0,
    onInterrupt: () => undefined,
    finish: (code) => void (exit = code),
  });
  await program.parseAsync(['node', 'evenkeel', 'replay', ...args]);
  return { exit, out: out.join('\n'), err: err.join('\n') };
}

const keep = (name: string, as = name): string => {
  const file = join(folder, as);
  copyFileSync(join(TICKS, name), file);
  return file;
};

/** Another decision in the file, in the layout it has. */
function tamper(file: string): string {
  const changed = readFileSync(file, 'utf8').replace(
    /"reason": "(spot-reclaim|abnormal-in-load-balancer|down|site-down)"/u,
    '"reason": "a-whim"',
  );
  writeFileSync(file, changed);
  return changed;
}

describe('replay', () => {
  it('decides every tick of a folder again, of pools and of names', async () => {
    const { exit, out } = await replay(TICKS);
    expect(exit).toBe(0);
    expect(out).toContain('crashed.json (pool web)');
    expect(out).toContain('name-paused.json (name www)');
    expect(out.split('\n').at(-1)).toBe('18 ticks: all decided as recorded.');
  });

  it('shows what would be decided differently, ends with 1 and writes nothing', async () => {
    const file = keep('crashed.json');
    const before = tamper(file);
    const { exit, out } = await replay(file);
    expect(exit).toBe(1);
    expect(out).toMatch(
      /verdict {3}\S+: \S.* by a-whim, now \S.* by abnormal-in-load-balancer|step {6}\S+: .* by a-whim, now .* by abnormal-in-load-balancer/u,
    );
    expect(out.split('\n').at(-1)).toMatch(
      /^1 tick: 0 decided as recorded, 1 differently \(1 (verdict|step)\)\. --update writes that into the files\.$/u,
    );
    expect(readFileSync(file, 'utf8')).toBe(before);
  });
});

describe('replay --update', () => {
  it('shows the same differences and writes what is decided now, in the layout of the file, and nothing into others', async () => {
    const file = keep('crashed.json');
    const other = keep('name-paused.json');
    chmodSync(file, 0o640);
    tamper(file);
    const asThey = statSync(other).mtimeMs;
    const { exit, out } = await replay('--update', folder);
    expect(exit).toBe(0);
    expect(out).toContain(`different  ${file} (pool web) (updated)`);
    expect(out).toContain('a-whim');
    expect(out.split('\n').at(-1)).toContain('The files hold what is decided now.');
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(join(TICKS, 'crashed.json'), 'utf8'));
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(statSync(other).mtimeMs).toBe(asThey);
    expect(readdirSync(folder).sort()).toEqual(['crashed.json', 'name-paused.json']);
  });

  it('says so when there is nothing to update', async () => {
    const file = keep('quiet.json');
    const { exit, out } = await replay('--update', file);
    expect(exit).toBe(0);
    expect(out.split('\n').at(-1)).toBe('1 tick: all decided as recorded; nothing to update.');
  });

  it('leaves the reply around a tick that `explain --json` printed', async () => {
    const file = keep('crashed.json');
    tamper(file);
    const wrapped = join(folder, 'explained.json');
    const reply = { kind: 'explanation', digest: { tickId: 't' } };
    const tickIn = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(wrapped, JSON.stringify({ ...reply, tick: tickIn(file) }));
    expect((await replay('--update', wrapped)).exit).toBe(0);
    expect(tickIn(wrapped)).toEqual({ ...reply, tick: tickIn(join(TICKS, 'crashed.json')) });
  });

  it('writes nothing at all when one file is no tick', async () => {
    const file = keep('crashed.json');
    const before = tamper(file);
    writeFileSync(join(folder, 'other.json'), '{"schema":1}');
    const { exit, err, out } = await replay('--update', folder);
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toMatch(/^error: .*other\.json is not a recorded tick\.$/u);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it('gives the differences and what was written as one JSON document', async () => {
    const file = keep('crashed.json');
    tamper(file);
    const { out } = await replay('--update', '--json', file);
    expect(JSON.parse(out)).toMatchObject({
      ticks: [
        {
          ...{ file, isSame: false },
          changes: [{ text: expect.stringContaining('a-whim') }],
          differences: [{ recorded: 'a-whim', now: 'abnormal-in-load-balancer' }],
        },
      ],
      updated: [file],
    });
  });
});

describe('what cannot be replayed', () => {
  it.each([
    ['no such file', 'nowhere.json', '', 'nowhere.json cannot be read'],
    ['broken JSON', 'broken.json', '{"schema":', 'broken.json cannot be read'],
    ['other JSON', 'list.json', '[]', 'list.json is not a recorded tick'],
    ['a tick of tomorrow', 'tick.json', '{"schema":2,"request":{}}', 'is not a recorded tick'],
  ])('%s gets one sentence and 2', async (_, name, text, said) => {
    if (text !== '') writeFileSync(join(folder, name), text);
    const { exit, err, out } = await replay(join(folder, name));
    expect({ exit, out }).toEqual({ exit: 2, out: '' });
    expect(err).toContain(said);
  });

  it('a folder without ticks, too', async () => {
    mkdirSync(join(folder, 'empty'));
    const { exit, err } = await replay(join(folder, 'empty'));
    expect(exit).toBe(2);
    expect(err).toContain('holds no tick');
  });
});
