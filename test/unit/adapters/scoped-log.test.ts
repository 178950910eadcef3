import { afterEach, describe, expect, it } from '@jest/globals';
import { ScopedLog } from '../../../shared/adapters/scoped-log';
import { type LogFields } from '../../../shared/ports/log';
import { type TickArchive } from '../../../shared/ports/tick-archive';
import { createWorld, type World } from '../../support/in-process-world';
import { createLiveName } from '../../support/name-world';

const worlds: World[] = [];
afterEach(() => worlds.splice(0).forEach((world) => world.stop()));

interface Line extends LogFields {
  readonly message: string;
}

function aSink() {
  const lines: Line[] = [];
  const note = (message: string, fields: LogFields = {}): void =>
    void lines.push({ message, ...fields });
  return { lines, log: { info: note, warn: note, error: note } };
}

/** The fields of a line of `world.logged`. */
const fieldsOf = (line: string): LogFields =>
  JSON.parse(line.slice(line.indexOf(' {') + 1)) as LogFields;

describe('a log with a scope', () => {
  it('adds what it is about to every line of any severity, until it is about something else', () => {
    const { lines, log } = aSink();
    const scoped = new ScopedLog(log);
    scoped.info('before');
    scoped.about({ pool: 'web', tickId: 't-1' });
    scoped.info('a', { code: 'x' });
    scoped.warn('b');
    scoped.error('c');
    scoped.about({ name: 'www', tickId: 't-2' });
    scoped.info('d');
    expect(lines).toEqual([
      { message: 'before' },
      { message: 'a', pool: 'web', tickId: 't-1', code: 'x' },
      { message: 'b', pool: 'web', tickId: 't-1' },
      { message: 'c', pool: 'web', tickId: 't-1' },
      { message: 'd', name: 'www', tickId: 't-2' },
    ]);
  });

  it('leaves a field that a line has of its own, and other scopes of the same log, alone', () => {
    const { lines, log } = aSink();
    const [web, api] = [new ScopedLog(log), new ScopedLog(log)];
    web.about({ pool: 'web', tickId: 't-1' });
    api.about({ pool: 'api', tickId: 't-2' });
    web.info('a', { tickId: 't-0' });
    api.info('b');
    expect(lines).toEqual([
      { message: 'a', pool: 'web', tickId: 't-0' },
      { message: 'b', pool: 'api', tickId: 't-2' },
    ]);
  });
});

describe('every line of a turn', () => {
  it('tells the pool and the tick, whichever stage or adapter writes it', async () => {
    const world = await createWorld({ count: 4 });
    worlds.push(world);
    const { faults } = world.region.controlPlane;
    const append = (): Promise<void> => Promise.reject(new Error('disk full'));
    const archive = { append } as unknown as TickArchive;
    for (let turn = 0; turn < 2; turn += 1) {
      const before = world.logged.length;
      const lift = faults.set('forbidden', { action: 'DescribeInstances' });
      await world.work({ ports: { ...world.ports, archive } });
      lift();
      const own = world.logged.slice(before);
      const { tickId } = world.ticks.at(-1)!.request;
      expect(own.join()).toContain('could not read');
      expect(own.join()).toContain('the tick could not be archived');
      for (const line of own) expect(fieldsOf(line)).toMatchObject({ pool: 'web', tickId });
      await world.pass(10_000);
    }
    expect(new Set(world.ticks.map(({ request }) => request.tickId)).size).toBe(2);
  });

  it('tells it too when the turn saw nothing', async () => {
    const world = await createWorld({ count: 4 });
    worlds.push(world);
    world.region.controlPlane.faults.set('forbidden', { product: 'Slb' });
    expect(await world.work()).toMatchObject({ kind: 'blind' });
    expect(world.logged.join()).toContain('could not be observed');
    for (const line of world.logged) {
      expect(fieldsOf(line)['pool']).toBe('web');
      expect(fieldsOf(line)['tickId']).toMatch(/\S/);
    }
  });

  it('tells the name and the tick, where it is about a public name', async () => {
    const name = createLiveName();
    const { lines, log } = aSink();
    const ports = { ...name.ports, log: new ScopedLog(log) };
    name.faults.set('forbidden', { action: 'DescribeDomainRecords' });
    await name.work({ ports });
    const { tickId } = name.ticks[0]!.request;
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatchObject({ name: 'www', tickId });
  });
});
