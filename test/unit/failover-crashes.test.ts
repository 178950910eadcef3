import { describe, expect, it } from '@jest/globals';
import { type NamePolicy } from '../../shared/domain/failover/name-policy';
import { millis, permille } from '../../shared/domain/units';
import { aNamePolicy, aSite } from '../support/name-builders';
import { mortalNamePorts } from '../support/name-crashes';
import { createLiveName, type LiveName, type RecordSeed } from '../support/name-world';
import { Crash } from '../support/watched-ports';

const seconds = (count: number) => millis(count * 1000);

/** Short spans, so that a story can be lived through hundreds of times. */
const QUICK: Partial<NamePolicy> = {
  watchIntervalMs: seconds(10),
  holdDownMs: seconds(20),
  verdict: { ...aNamePolicy().verdict, unknownMs: seconds(90) },
  failback: {
    holdMs: seconds(30),
    stages: [permille(100), permille(1000)],
    stageHoldMs: seconds(10),
    isAutomatic: true,
  },
  sites: [aSite('a'), aSite('b'), aSite('c')],
};
const LINES = ['default', 'telecom'];
const all = (weight?: number): readonly RecordSeed[] => [
  ...LINES.flatMap((line) =>
    ['a', 'b'].map((site): RecordSeed => ({ site, line, ...(weight && { weight }) })),
  ),
  // Paused by a person, who has not said why.
  { site: 'c', isEnabled: false, ...(weight && { weight }) },
];

interface Story {
  readonly name: string;
  readonly isWeighted: boolean;
  readonly begin: (name: LiveName) => Promise<void>;
  readonly end: readonly string[];
  /** Changes of one kind that are right, crash or not. */
  readonly pauses: number;
}

const OUT = (weight: string) => [
  `a default off [evenkeel:paused:www${weight}]`,
  `a telecom off [evenkeel:paused:www${weight}]`,
];
const onBoth = (site: string, state: string) => LINES.map((line) => `${site} ${line} ${state}`);

const dying = async (name: LiveName): Promise<void> => {
  await name.watch(15);
  name.kill('a');
  await name.watch(15);
};
const returning = async (name: LiveName): Promise<void> => {
  await dying(name);
  await name.watch(60);
  name.kill();
  await name.watch(30);
};

const STORIES: readonly Story[] = [
  {
    name: 'failover by weights',
    isWeighted: true,
    begin: dying,
    end: [...OUT(':100'), ...onBoth('b', '100'), 'c default off'],
    pauses: 2,
  },
  {
    name: 'failover without weights',
    isWeighted: false,
    begin: dying,
    end: [...OUT(''), ...onBoth('b', 'on'), 'c default off'],
    pauses: 2,
  },
  {
    name: 'failback by weights',
    isWeighted: true,
    begin: returning,
    end: [...onBoth('a', '100'), ...onBoth('b', '100'), 'c default off'],
    pauses: 0,
  },
  {
    name: 'failback without weights',
    isWeighted: false,
    begin: returning,
    end: [...onBoth('a', 'on'), ...onBoth('b', 'on'), 'c default off'],
    pauses: 0,
  },
  {
    name: 'repair of an empty line',
    isWeighted: false,
    begin: async (name) => {
      await name.watch(15);
      const [a, b] = [name.recordId('a', 'telecom'), name.recordId('b', 'telecom')];
      name.person((model) => (model.setEnabled(a, false), model.setEnabled(b, false)));
    },
    end: ['a default on', 'a telecom on', 'b default on', 'b telecom off', 'c default off'],
    pauses: 0,
  },
];

interface Death {
  /** Calls with an effect before the worker ends. */
  readonly count: number;
  readonly isStoreLost: boolean;
  /** From its end to the next worker. */
  readonly goneMs: number;
}

interface Life {
  readonly shown: readonly string[];
  readonly pauses: number;
  readonly emptied: readonly string[];
  readonly effects: number;
  readonly death: string;
  readonly told: readonly string[];
}

const LOOKS_MAX = 60;
/** Looks without a change after which nothing more is expected. */
const QUIET_LOOKS = 4;

async function live(story: Story, death: Death): Promise<Life> {
  const name = createLiveName({
    policy: { ...QUICK, weighting: story.isWeighted },
    records: all(story.isWeighted ? 100 : undefined),
    writeLockMs: 0,
  });
  await story.begin(name);
  const before = name.changes.length;
  const emptyBefore = name.emptied.length;
  const mortal = mortalNamePorts(name.ports, death.count);
  let isDead = false;
  let effects = 0;
  for (let looks = 0, quiet = 0; looks < LOOKS_MAX && quiet < QUIET_LOOKS; looks += 1) {
    const seen = name.changes.length;
    try {
      await name.work(isDead ? { holder: 'successor' } : { ports: mortal.ports });
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
      isDead = true;
      if (death.isStoreLost) name.loseStore();
      await name.pass(death.goneMs);
    }
    const isAtEnd = JSON.stringify(name.shown()) === JSON.stringify(story.end);
    quiet = name.changes.length > seen || !isAtEnd ? 0 : quiet + 1;
    if (quiet === 0) effects = mortal.effects();
    await name.pass(10_000);
  }
  return {
    shown: name.shown(),
    pauses: name.changes.slice(before).filter((one) => one.startsWith('pause')).length,
    emptied: name.emptied.slice(emptyBefore),
    effects,
    death: mortal.lastWords(),
    told: name.changes.slice(before),
  };
}

const WHOLE: Death = { count: Infinity, isStoreLost: false, goneMs: 0 };

/** What of the lives with a death in them did not end as it should. */
async function strays(story: Story, more: Omit<Death, 'count'>): Promise<readonly string[]> {
  const { effects } = await live(story, WHOLE);
  const found: string[] = [];
  for (let count = 0; count <= effects; count += 1) {
    const { shown, told, emptied, pauses, death } = await live(story, { ...more, count });
    const isAsWanted = JSON.stringify(shown) === JSON.stringify(story.end);
    if (!isAsWanted || emptied.length > 0 || pauses > story.pauses)
      found.push(`${count} ${death}: ${[...shown, '', ...told, '', ...emptied].join(', ')}`);
  }
  return found;
}

describe.each(STORIES)('$name', (story) => {
  it('comes to its end when nobody dies, and no line is ever empty', async () => {
    const life = await live(story, WHOLE);
    expect(life).toMatchObject({ shown: story.end, pauses: story.pauses, emptied: [] });
  });

  it.each([
    ['a successor comes when the lease is over', { isStoreLost: false, goneMs: 50_000 }],
    ['nobody comes for longer than a hold survives', { isStoreLost: false, goneMs: 180_000 }],
    ['the store is lost too', { isStoreLost: true, goneMs: 0 }],
  ])('ends the same wherever its worker dies: %s', async (_, death) => {
    expect(await strays(story, death)).toEqual([]);
  });
});
