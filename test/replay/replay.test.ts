import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { decisionChanges } from '../../infra/cli/decision-changes';
import { isNameTick, replayTick, type RecordedTick } from '../../infra/cli/replay-tick';
import { NAME_SCENES, playNameScene } from './name-scenes';
import { playScaleScene, SCALE_SCENES } from './scale-scenes';
import { playScene, SCENES } from './scenes';

/**
 * `EVENKEEL_RECORD_TICKS=1 npm test -- --selectProjects replay` plays the scenes and keeps the ticks that are not there yet.
 * `npm run replay -- --update test/replay/ticks` shows what is decided differently in those that are, and writes it into them.
 */
const FOLDER = join(__dirname, 'ticks');
const fileOf = (name: string): string => join(FOLDER, `${name}.json`);

interface Kept {
  readonly name: string;
  readonly play: () => Promise<RecordedTick>;
  readonly isIt: (tick: RecordedTick) => boolean;
}

const KEPT: readonly Kept[] = [
  ...SCENES.map((scene) => ({
    name: scene.name,
    play: () => playScene(scene),
    isIt: (tick: RecordedTick) => !isNameTick(tick) && scene.isIt(tick),
  })),
  ...SCALE_SCENES.map((scene) => ({
    name: scene.name,
    play: () => playScaleScene(scene),
    isIt: (tick: RecordedTick) => !isNameTick(tick) && scene.isIt(tick),
  })),
  ...NAME_SCENES.map((scene) => ({
    name: scene.name,
    play: () => playNameScene(scene),
    isIt: (tick: RecordedTick) => isNameTick(tick) && scene.isIt(tick),
  })),
];

const recorded = (name: string): RecordedTick =>
  JSON.parse(readFileSync(fileOf(name), 'utf8')) as RecordedTick;

describe('recorded ticks', () => {
  it.each(KEPT.map((kept) => [kept.name, kept] as const))(
    '%s is decided as it was, byte for byte',
    async (name, { play, isIt }) => {
      if (process.env['EVENKEEL_RECORD_TICKS'] === '1' && !existsSync(fileOf(name)))
        writeFileSync(fileOf(name), `${JSON.stringify(await play(), null, 1)}\n`);
      const again = replayTick(recorded(name));
      expect(decisionChanges(again.recorded, again.now)).toEqual([]);
      expect(again.differences).toEqual([]);
      expect(again.isSame).toBe(true);
      expect(isIt(again.tick)).toBe(true);
    },
  );

  it('are all of a scene: none is left over', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(KEPT.map(({ name }) => `${name}.json`).sort());
  });

  it('are compared to the last byte: the order of words in a document counts', () => {
    const tick = recorded('quiet');
    const { steps, ...rest } = tick.proposal;
    const turned = { ...tick, proposal: { ...rest, steps } } as RecordedTick;
    expect(replayTick(turned).isSame).toBe(false);
  });

  it.each(['panic', 'name-paused'])('%s: a changed decision is told in words', (name) => {
    const tick = recorded(name);
    const [first, ...others] = tick.proposal.verdicts;
    const edited = {
      ...tick,
      proposal: {
        ...tick.proposal,
        verdicts: [{ ...first, nextState: 'elsewhere', reason: 'a-whim' }, ...others],
        steps: [],
      },
      plan: { ...tick.plan, steps: [] },
    } as unknown as RecordedTick;
    const again = replayTick(edited);
    const told = decisionChanges(again.recorded, again.now);
    expect(again.isSame).toBe(false);
    expect(told.filter(({ kind }) => kind === 'verdict')).toEqual([
      { kind: 'verdict', text: expect.stringMatching(/elsewhere by a-whim, now .+ by .+/u) },
    ]);
    expect(told.filter(({ kind }) => kind === 'step')).toHaveLength(tick.plan.steps.length);
  });
});
