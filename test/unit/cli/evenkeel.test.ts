import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../../support/build';

const ROOT = join(__dirname, '../../..');
const PROGRAM = join(ROOT, 'dist/cli/evenkeel.js');
const EXAMPLE = join(ROOT, 'docs/examples/evenkeel.yaml');
/** Nothing listens on port 1. */
const NOWHERE = {
  EVENKEEL_OPENAPI_ENDPOINT: '127.0.0.1:1',
  EVENKEEL_OPENAPI_PROTOCOL: 'http',
  ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
  ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret',
};

let folder = '';
beforeAll(() => {
  ensureBuilt();
  folder = mkdtempSync(join(tmpdir(), 'evenkeel-cli-'));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

const evenkeel = (args: readonly string[], variables: Readonly<Record<string, string>> = {}) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 30_000,
    env: { PATH: process.env['PATH'], HOME: folder, FORCE_COLOR: '1', ...variables },
  });
  return { status, stdout, stderr };
};

const inFolder = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return name;
};

describe('the built command line', () => {
  it('validates a policy', () => {
    const { status, stdout, stderr } = evenkeel(['validate', EXAMPLE]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('valid, 1 pool');
  });

  it('reports every problem of a policy and ends with 1', () => {
    const file = inFolder('wrong.yaml', 'version: 1\nregoin: x\npools: []\n');
    const { status, stdout } = evenkeel(['validate', file]);
    expect(status).toBe(1);
    expect(stdout).toContain('wrong.yaml:2:1: regoin: unknown key; did you mean region?');
    expect(stdout).toContain('3 problems');
    const json = JSON.parse(evenkeel(['validate', file, '--json']).stdout) as {
      problems: unknown[];
    };
    expect(json.problems).toHaveLength(3);
  });

  it.each([
    [['plan', '--policy', 'wrong.yaml'], 1],
    [['validate', 'absent.yaml'], 2],
    [['nonsense'], 2],
    [['validate', '--nonsense'], 2],
    [['drain'], 2],
    [['drain', 'i-1', '--reason', ' ', '--policy', EXAMPLE], 2],
    [['history', '--limit', '0', '--policy', EXAMPLE], 2],
    [['explain', '--at', 'noon', '--policy', EXAMPLE], 2],
    [['explain', 'a-tick', '--last', '--policy', EXAMPLE], 2],
    [['explain', 'a-tick', '--pool', 'nope', '--policy', EXAMPLE], 1],
    [['replay', EXAMPLE], 2],
    [['local', 'up', '--instances', '1000'], 2],
    [['plan', '--local', 'wrong.yaml', '--policy', EXAMPLE], 2],
  ])('ends %j with %d, one sentence and no stack trace', (args, expected) => {
    const { status, stdout, stderr } = evenkeel(args);
    expect({ status, stdout }).toEqual({ status: expected, stdout: '' });
    expect(stderr).toMatch(/^error: /);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('says its version', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      version: string;
    };
    expect(evenkeel(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
  });

  it('says in one sentence that its output cannot be written', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, 'validate', EXAMPLE], {
      ...{ encoding: 'utf8', timeout: 30_000, stdio: ['ignore', full, 'pipe'] },
    });
    closeSync(full);
    expect(status).toBe(3);
    expect(stderr).toMatch(/^error: the output cannot be written: .*ENOSPC.*\n$/);
  });

  it('suggests the command that was meant', () => {
    expect(evenkeel(['validat']).stderr).toContain('Did you mean validate?');
  });

  it.each([[['plan', '--nonsense', '--json']], [['validate', 'absent.yaml', '--json']]])(
    'prints the error of %j as JSON',
    (args) => {
      expect(JSON.parse(evenkeel(args).stdout)).toMatchObject({ error: { code: 'usage' } });
    },
  );

  it('ends with 3 when the cloud cannot be reached, and changes nothing', () => {
    const { status, stdout, stderr } = evenkeel(
      [
        'plan',
        '--policy',
        EXAMPLE,
        '--timeout',
        '3s',
        '--json',
        '-p',
        inFolder(
          'near.yaml',
          'version: 1\nregion: cn-hangzhou\npools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }]\n',
        ),
      ],
      NOWHERE,
    );
    expect({ status, stderr }).toEqual({ status: 3, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: expect.any(String) } });
  });

  it('says that a pool was never looked at', () => {
    const { status, stdout } = evenkeel(
      [
        'status',
        '-p',
        inFolder(
          'fresh.yaml',
          'version: 1\nregion: cn-hangzhou\npools: [{ name: web, targets: [{ loadBalancer: lb-1 }] }]\n',
        ),
      ],
      NOWHERE,
    );
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'web (observe): never looked at\n' });
    expect(evenkeel(['history', '-p', 'fresh.yaml'], NOWHERE).stdout).toBe(
      'No ticks of web on record.\n',
    );
  });

  it('has no colours in a pipe, whatever FORCE_COLOR says', () => {
    // eslint-disable-next-line no-control-regex -- the colours that must not be there
    expect(evenkeel(['validate', EXAMPLE]).stdout).not.toMatch(/\u001B/);
  });

  it('prints a JSON Schema', () => {
    expect(JSON.parse(evenkeel(['schema']).stdout)).toMatchObject({
      title: 'evenkeel.yaml',
      additionalProperties: false,
    });
  });

  it('has help', () => {
    const { status, stdout } = evenkeel(['local', 'up', '--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: evenkeel local up/);
  });
});
