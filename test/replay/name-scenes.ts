import { type NameTick } from '../../shared/domain/failover/name-tick';
import { createLiveName, type LiveName } from '../support/name-world';

/** What has happened to a name up to the tick that is kept. */
export interface NameScene {
  readonly name: string;
  readonly isIt: (tick: NameTick) => boolean;
  readonly begin: (name: LiveName) => unknown;
}

const SECONDS = 1200;

const hasStep = (kind: string) => (tick: NameTick) =>
  tick.plan.steps.some((step) => step.kind === kind);

async function failedOver(name: LiveName): Promise<void> {
  await name.watch(30);
  name.kill('a');
  await name.watch(240);
  name.kill();
}

export const NAME_SCENES: readonly NameScene[] = [
  { name: 'name-quiet', isIt: () => true, begin: () => undefined },
  {
    name: 'name-held-down',
    isIt: (tick) => tick.proposal.verdicts.some(({ nextState }) => nextState === 'suspect'),
    begin: (name) => name.kill('a'),
  },
  { name: 'name-paused', isIt: hasStep('pause-record'), begin: (name) => name.kill('a') },
  { name: 'name-back', isIt: hasStep('enable-record'), begin: failedOver },
  {
    name: 'name-unknown',
    isIt: (tick) => tick.proposal.verdicts.every(({ verdict }) => verdict === 'unknown'),
    begin: (name) => (name.vantages.answers = { a: 'unknown', b: 'unknown' }),
  },
  {
    name: 'name-emptied',
    isIt: (tick) => tick.plan.steps.some(({ reason }) => reason === 'record-empty'),
    begin: (name) =>
      name.person((model) => {
        for (const site of ['a', 'b']) model.setEnabled(name.recordId(site), false);
      }),
  },
];

/** Plays a scene on virtual time and gives the tick that is kept: the first that fits. */
export async function playNameScene(scene: NameScene): Promise<NameTick> {
  const name = createLiveName();
  await name.tick();
  await scene.begin(name);
  for (const end = name.clock.now() + SECONDS * 1000; name.clock.now() < end;) {
    const [tick] = await name.watch(15);
    if (tick !== undefined && scene.isIt(tick)) return tick;
  }
  throw new Error(`the scene ${scene.name} never came to its tick`);
}
