import { describe, expect, it } from '@jest/globals';
import { type Command } from 'commander';
import { createColors } from 'picocolors';
import { buildProgram } from '../../infra/cli/program';
import { loadPolicy } from '../../shared/config/load-policy';
import packageFile from '../../package.json';
import { sourceFiles } from '../support/source-files';

interface Block {
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

const documents = [
  ...sourceFiles(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'], ['']),
  ...sourceFiles(['docs'], ['.md']),
];

const blocks: readonly Block[] = documents.flatMap(({ path, text }) =>
  [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```$/gm)].map((match) => ({
    place: `${path}:${text.slice(0, match.index).split('\n').length}`,
    language: match[2] ?? '',
    text: (match[3] ?? '').replaceAll(new RegExp(`^${match[1] ?? ''}`, 'gm'), ''),
  })),
);

const inLanguage = (language: string): readonly Block[] =>
  blocks.filter((block) => block.language === language);

const commands = inLanguage('sh').flatMap(({ place, text }) =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => ({ place, line })),
);

/** Commands in running text and tables, as `npm run bench -- --help`. */
const mentioned = documents.flatMap(({ path, text }) =>
  [...text.matchAll(/`(npm (?:start|test|run)[^`]*)`/g)].map((match) => ({
    place: path,
    line: match[1] ?? '',
  })),
);

/** Words of a simple shell command; quotes keep words together. */
const wordsOf = (line: string): readonly string[] =>
  [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );

/** The whole command line with nothing behind it: what parses is left undone, what does not throws. */
function dryProgram(): Command {
  const silent = () => undefined;
  const terminal = { out: silent, err: silent, colours: createColors(false), isInteractive: false };
  const context = { terminal, variables: {}, now: () => 0, onInterrupt: silent, finish: silent };
  const disarm = (command: Command): Command => {
    command.exitOverride().configureOutput({ writeErr: silent });
    if (command.commands.length === 0) command.action(silent);
    command.commands.forEach(disarm);
    return command;
  };
  return disarm(buildProgram(context));
}

function checkCommand(line: string): void {
  const [program, ...words] = wordsOf(line);
  if (program === 'npx' && words[0] === 'evenkeel') {
    dryProgram().parse(words.slice(1), { from: 'user' });
    return;
  }
  if (program !== 'npm') throw new Error(`${line}: not a command of this project`);
  const script = words[0] === 'run' ? words[1] : words[0];
  if (script !== 'ci' && !Object.hasOwn(packageFile.scripts, script ?? ''))
    throw new Error(`${line}: there is no such script`);
}

describe('the documents', () => {
  it('have only blocks that something checks, and diagrams', () => {
    const unknown = blocks.filter(({ language }) => !['', 'sh', 'yaml'].includes(language));
    expect(unknown.map(({ place, language }) => `${place} ${language}`)).toEqual([]);
  });

  it.each(commands)('$place: $line exists, with its flags', ({ line }) => {
    expect(() => checkCommand(line)).not.toThrow();
  });

  it.each(mentioned)('$place mentions $line, which exists', ({ line }) => {
    expect(() => checkCommand(line)).not.toThrow();
  });

  it.each(inLanguage('yaml').filter(({ text }) => /^version:/m.test(text)))(
    '$place is a valid policy',
    ({ text, place }) => {
      expect(loadPolicy(text, place)).toMatchObject({ kind: 'ok' });
    },
  );
});

describe('the check of commands', () => {
  it.each([
    'npx evenkeel pln',
    'npx evenkeel plan --polcy x',
    'npx evenkeel drain i-1',
    'npx evenkeel local up --times slow',
    'npm run nothing',
    'rm -r x',
  ])('refuses %s', (line) => {
    expect(() => checkCommand(line)).toThrow();
  });

  it('keeps quoted words together', () => {
    expect(wordsOf(`drain i-1 --reason 'kernel update' --for 2h`)).toEqual([
      ...['drain', 'i-1', '--reason', 'kernel update', '--for', '2h'],
    ]);
  });
});
