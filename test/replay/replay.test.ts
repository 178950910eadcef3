import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { replayTick } from '../../infra/cli/replay-tick';
import { type Tick } from '../../shared/domain/tick';
import { playScene, SCENES } from './scenes';

/** `EVENKEEL_RECORD_TICKS=1 npm test -- --selectProjects replay` plays the scenes and keeps the ticks that are not there yet. */
const FOLDER = join(__dirname, 'ticks');
const fileOf = (name: string): string => join(FOLDER, `${name}.json`);

describe('recorded ticks', () => {
  it.each(SCENES.map((scene) => [scene.name, scene] as const))(
    '%s is decided as it was, byte for byte',
    async (name, scene) => {
      if (process.env['EVENKEEL_RECORD_TICKS'] === '1' && !existsSync(fileOf(name))) {
        writeFileSync(fileOf(name), `${JSON.stringify(await playScene(scene), null, 1)}\n`);
      }
      const tick = JSON.parse(readFileSync(fileOf(name), 'utf8')) as Tick;
      expect(replayTick(tick).differences).toEqual([]);
      expect(replayTick(tick).isSame).toBe(true);
      expect(scene.isIt(tick)).toBe(true);
    },
  );

  it('are all of a scene: none is left over', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(SCENES.map(({ name }) => `${name}.json`).sort());
  });
});
