import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { OUTLIER_STORIES, outlierLines } from './outlier-stories';
import { tellStory } from './story';
import { THEMES, type Theme } from './themes';
import { tickLines } from './tick-lines';
import { NOW } from '../support/builders';

/**
 * Decisions on stories of chance, as they were when they were last looked at. `EVENKEEL_RECORD_TICKS=1` writes them anew:
 * whoever changes a decision reads the difference with `git diff`.
 */
const FOLDER = join(process.cwd(), 'test/replay/corpus');
const fileOf = (name: string): string => join(FOLDER, `${name}.txt`);

interface Chapter {
  readonly name: string;
  readonly stories: number;
  readonly tell: (number: number) => readonly string[];
}

function tell(theme: Theme, number: number): readonly string[] {
  let previous = NOW;
  return [...tellStory(theme, number)].flatMap((tick) => {
    const lines = tickLines(tick, previous);
    previous = tick.taken.pool.takenAt;
    return lines;
  });
}

const CHAPTERS: readonly Chapter[] = [
  ...THEMES.map((theme) => ({
    name: theme.name,
    stories: theme.stories,
    tell: (number: number) => tell(theme, number),
  })),
  { name: 'outliers', stories: OUTLIER_STORIES, tell: outlierLines },
];

const titleOf = (number: number): string => `story ${number}`;

function record({ name, stories, tell: lines }: Chapter): void {
  const told = Array.from({ length: stories }, (_, number) =>
    [titleOf(number), ...lines(number)].join('\n'),
  );
  writeFileSync(fileOf(name), `${told.join('\n\n')}\n`);
}

/** The recorded stories of a chapter, without their titles. */
function recorded(name: string): readonly (readonly string[])[] {
  if (!existsSync(fileOf(name))) return [];
  const stories = readFileSync(fileOf(name), 'utf8').trimEnd().split('\n\n');
  return stories.map((story) => story.split('\n').slice(1));
}

/** Where the two part, with a line before: all that is worth reading of a long difference. */
function firstDifference(was: readonly string[], is: readonly string[]): readonly string[] {
  const at = is.findIndex((line, index) => line !== was[index]);
  const from = at === -1 && is.length < was.length ? is.length : at;
  if (from === -1) return [];
  const excerpt = (mark: string, lines: readonly string[]): readonly string[] =>
    lines.slice(from, from + 4).map((line) => `${mark} ${line}`);
  return [...was.slice(Math.max(0, from - 1), from), ...excerpt('was', was), ...excerpt('is', is)];
}

if (process.env['EVENKEEL_RECORD_TICKS'] === '1') CHAPTERS.forEach(record);

describe('recorded stories are decided as they were:', () => {
  for (const chapter of CHAPTERS) {
    const stories = recorded(chapter.name);
    it.each(Array.from({ length: chapter.stories }, (_, number) => number))(
      `${chapter.name} %i`,
      (number) => {
        expect(firstDifference(stories[number] ?? [], chapter.tell(number))).toEqual([]);
      },
    );
  }
});

describe('the folder of recorded stories', () => {
  it('holds every chapter and nothing else', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(CHAPTERS.map(({ name }) => `${name}.txt`).sort());
    for (const { name, stories } of CHAPTERS) expect(recorded(name)).toHaveLength(stories);
  });
});
