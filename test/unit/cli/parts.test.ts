import { describe, expect, it } from '@jest/globals';
import { createColors } from 'picocolors';
import { buildProgram } from '../../../infra/cli/program';
import { parseTime } from '../../../infra/cli/parse-time';
import { differencesOf } from '../../../infra/cli/replay-tick';
import { runCommand } from '../../../infra/cli/run-command';
import { table } from '../../../infra/cli/table';
import { hasColours, type Terminal } from '../../../infra/cli/terminal';
import { UserError } from '../../../infra/cli/user-error';
import { CloudError } from '../../../shared/domain/cloud-error';
import { StoreUnavailable } from '../../../shared/ports/state-store';

const silent: Terminal = {
  out: () => undefined,
  err: () => undefined,
  colours: createColors(false),
  isInteractive: false,
};

describe('the command line', () => {
  const program = buildProgram({
    terminal: silent,
    variables: {},
    now: () => 0,
    onInterrupt: () => undefined,
    finish: () => undefined,
  });
  const leaves = program.commands.flatMap((command) =>
    command.commands.length > 0 ? command.commands : [command],
  );

  it.each(leaves.map((command) => [command.name(), command] as const))(
    '%s has a description, --json and --debug',
    (_name, command) => {
      expect(command.description()).not.toBe('');
      const flags = command.options.map((option) => option.long);
      expect(flags).toEqual(expect.arrayContaining(['--json', '--debug']));
    },
  );

  it('has the verbs that are promised', () => {
    const names = program.commands.map((command) => command.name());
    expect(names).toEqual(
      expect.arrayContaining([
        'validate',
        'plan',
        'reconcile',
        'status',
        'explain',
        'drain',
        'undrain',
        'history',
        'replay',
        'local',
      ]),
    );
  });
});

describe('a table', () => {
  it('is as wide as its cells, numbers to the right, colours without width', () => {
    const red = createColors(true).red('web');
    expect(
      table(
        ['pool', 'size'],
        [
          [red, '9'],
          ['gateway', '12'],
        ],
      ),
    ).toEqual(['pool     size', `${red}         9`, 'gateway    12']);
  });
});

describe('a time', () => {
  const now = new Date(2026, 2, 1, 10, 45, 30).getTime();
  it.each([
    ['10:42', new Date(2026, 2, 1, 10, 42, 59, 999).getTime()],
    ['10:42:07', new Date(2026, 2, 1, 10, 42, 7).getTime()],
    ['23:10', new Date(2026, 1, 28, 23, 10, 59, 999).getTime()],
    ['15m', now - 900_000],
    ['2026-02-01T00:00:00Z', Date.UTC(2026, 1, 1)],
  ])('%s is understood', (text, expected) => {
    expect(parseTime(text, now)).toBe(expected);
  });
  it.each(['25:00', 'noon', '10', '2026-13-01', ''])('%p is refused', (text) => {
    expect(() => parseTime(text, now)).toThrow(UserError);
  });
});

describe('colours', () => {
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
  ])('terminal %p with %j: %p', (isTerminal, variables, expected) => {
    expect(hasColours(isTerminal, variables)).toBe(expected);
  });
});

describe('differences of two decisions', () => {
  it('are named by their path, absent ones included', () => {
    const recorded = { steps: [{ to: 0, reason: 'a' }], isPanic: false };
    const now = { steps: [{ to: 10, reason: 'a' }, { to: 5 }], isPanic: false };
    expect(differencesOf(recorded, now)).toEqual([
      { path: 'steps.0.to', recorded: 0, now: 10 },
      { path: 'steps.1', recorded: undefined, now: { to: 5 } },
    ]);
  });
});

describe('running a command', () => {
  const run = async (error: Error, options: { json?: boolean; debug?: boolean } = {}) => {
    const out: string[] = [];
    const err: string[] = [];
    const terminal: Terminal = {
      out: (text) => out.push(text),
      err: (text) => err.push(text),
      colours: createColors(false),
      isInteractive: false,
    };
    const code = await runCommand(terminal, options, () => Promise.reject(error));
    return { code, out: out.join('\n'), err: err.join('\n') };
  };
  const denied = new CloudError({
    reaction: 'stop',
    code: 'Forbidden.RAM',
    action: 'SetBackendServers',
    requestId: 'R-1',
    isAmbiguous: false,
    message: 'not allowed',
  });

  const failures: readonly (readonly [string, Error, number])[] = [
    ['a mistake in the command line', new UserError('usage', 'wrong'), 2],
    ['an invalid policy', new UserError('problem', 'wrong', ['a', 'b']), 1],
    ['a refusal of the cloud', denied, 3],
    ['a store that is away', new StoreUnavailable('gone'), 3],
    [
      'an archive that may not be read',
      Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES', syscall: 'scandir' }),
      3,
    ],
    ['a fault of ours', new TypeError('x is not a function'), 4],
  ];

  it.each(failures)('ends %s with its own code and no stack trace', async (_name, error, code) => {
    const result = await run(error);
    expect(result).toMatchObject({ code, out: '' });
    expect(result.err).toMatch(/^error: /);
    expect(result.err).not.toMatch(/\n\s+at /);
  });

  it('says what a person can do about a refusal, with the request id', async () => {
    const { err } = await run(denied);
    expect(err).toContain('SetBackendServers: not allowed (Forbidden.RAM)');
    expect(err).toContain('check permission, quota and the ids');
    expect(err).toContain('R-1');
  });

  it('prints errors as JSON with --json, and where they came from with --debug', async () => {
    expect(JSON.parse((await run(denied, { json: true })).out)).toMatchObject({
      error: { code: 'Forbidden.RAM' },
    });
    expect((await run(new TypeError('x'), { debug: true })).err).toMatch(/\n\s+at /);
  });
});
