/** Exit codes of `evenkeel`, with what each means; the reference is generated from here. */
export const EXIT_CODES = {
  ok: { code: 0, meaning: 'Done, and nothing was found wrong.' },
  problem: {
    code: 1,
    meaning:
      'Something was found wrong: an invalid policy, a refused order, a replay that decides differently, a step that failed.',
  },
  usage: {
    code: 2,
    meaning:
      'The command line is wrong: an unknown command or flag, a missing argument, a file that cannot be read.',
  },
  unreachable: {
    code: 3,
    meaning:
      'The cloud or the state store refused or could not be reached; nothing further was done.',
  },
  internal: { code: 4, meaning: 'A fault of Evenkeel itself; `--debug` shows where.' },
  changes: {
    code: 10,
    meaning:
      '`plan --detailed-exit-code`: something would be done. `policy diff`: the two policies differ.',
  },
  interrupted: { code: 130, meaning: 'Stopped by Ctrl-C.' },
} as const;

export type ExitName = keyof typeof EXIT_CODES;
