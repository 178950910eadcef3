import { describe, expect, it } from '@jest/globals';
import { followPlaces } from '../../../shared/decide/follow-places';
import { freshMemory } from '../../../shared/decide/remember';
import { encodeHealTag, healTag, placeMarks } from '../../../shared/domain/heal-tag';
import { type BackendMemory } from '../../../shared/domain/memory';
import { type Attachment } from '../../../shared/domain/pool';
import {
  aBackend,
  anAttachment,
  aPool,
  ejectedMemory,
  NOW,
  secondsAgo,
} from '../../support/builders';

const wrote = (targetKey: string, weight: number) => ({
  targetKey,
  weight,
  at: secondsAgo(120),
});

/** What an ejected `i-0` is remembered for, once its attachments are these. */
function followed(
  attachments: readonly Partial<Attachment>[],
  parts: Partial<BackendMemory>,
  tags: Readonly<Record<string, string>> = {},
): Pick<BackendMemory, 'baseWeights' | 'written'> {
  const backend = aBackend('i-0', {
    attachments: attachments.map((each) => anAttachment(each)),
    tags,
  });
  const pool = aPool({ backends: [backend] });
  const memory = { ...freshMemory(backend, pool), ...ejectedMemory(parts) };
  const { baseWeights, written } = followPlaces(memory, backend, pool);
  return { baseWeights, written };
}

describe('a place of a backend that is held back', () => {
  const GROUP = 'lb-1/rsp-1';
  const PORT = 'lb-1/rsp-1/8080';
  it.each<[string, string, Partial<Attachment>, string]>([
    ['a target narrowed to its port', GROUP, { targetKey: PORT, port: 8080 }, PORT],
    ['a target widened to its group', PORT, { targetKey: GROUP, port: 8080 }, GROUP],
    ['a port that is alone again', `${GROUP}:8080`, { targetKey: GROUP, port: 8080 }, GROUP],
  ])('is followed through %s', (_name, before, attachment, after) => {
    const memory = { baseWeights: { [before]: 80 }, written: [wrote(before, 0)] };
    const { baseWeights, written } = followed([{ ...attachment, weight: 0 }], memory);
    expect(baseWeights).toMatchObject({ [after]: 80 });
    expect(written).toEqual([wrote(after, 0), wrote(before, 0)]);
  });

  it('is followed to and fro without piling up what was written', () => {
    const memory = {
      baseWeights: { [PORT]: 80 },
      written: [wrote(PORT, 8), wrote(GROUP, 0), wrote('lb-2/rsp-2', 5)],
    };
    expect(followed([{ targetKey: GROUP, port: 8080, weight: 8 }], memory).written).toEqual([
      wrote(GROUP, 8),
      wrote(PORT, 8),
      wrote('lb-2/rsp-2', 5),
    ]);
  });

  it('keeps its base when a second port of the same group appears', () => {
    const attachments = [
      { port: 80, weight: 0 },
      { port: 81, weight: 100 },
    ];
    expect(followed(attachments, {}).baseWeights).toMatchObject({
      'lb-1/rsp-1:80': 100,
      'lb-1/rsp-1:81': 100,
    });
  });

  it.each<[string, string]>([
    ['of another load balancer', 'lb-2/rsp-1'],
    ['of another group', 'lb-1/rsp-2'],
    ['of another port', 'lb-1/rsp-1/81'],
  ])('takes nothing over from one %s', (_name, other) => {
    const memory = { baseWeights: { [other]: 80 }, written: [wrote(other, 0)] };
    expect(followed([{ targetKey: 'lb-1/rsp-1/80', weight: 0 }], memory)).toEqual(memory);
  });

  it('takes nothing over from one that is still there', () => {
    const attachments = [{ weight: 0 }, { targetKey: 'lb-1/rsp-1/80', weight: 40 }];
    expect(followed(attachments, {}).baseWeights).toEqual({ 'lb-1/rsp-1': 100 });
  });

  it('is told by the tag where memory is silent, and weighs what we wrote', () => {
    const backend = aBackend('i-0', { attachments: [anAttachment({ targetKey: 'lb-2/rsp-2' })] });
    const tag = encodeHealTag({
      state: 'ejected',
      cause: 'probes-failing',
      since: secondsAgo(60),
      until: null,
      offences: 1,
      rung: 'drain',
      baseWeights: [70],
      operationId: null,
      places: placeMarks(backend),
    });
    const attachments = [{ weight: 0 }, { targetKey: 'lb-2/rsp-2', weight: 3 }];
    expect(followed(attachments, {}, { [healTag('web')]: tag })).toEqual({
      baseWeights: { 'lb-1/rsp-1': 100, 'lb-2/rsp-2': 70 },
      written: [{ targetKey: 'lb-2/rsp-2', weight: 3, at: NOW }, wrote('lb-1/rsp-1', 0)],
    });
    expect(followed(attachments, {}, { [healTag('api')]: tag }).baseWeights).toEqual({
      'lb-1/rsp-1': 100,
    });
  });

  it('is not followed while the backend serves: what it weighs is what it should', () => {
    const memory = { baseWeights: { [GROUP]: 80 }, written: [wrote(GROUP, 80)] };
    const attachment = { targetKey: PORT, port: 8080, weight: 40 };
    expect(followed([attachment], { ...memory, state: 'suspect' })).toEqual(memory);
    expect(followed([attachment], { ...memory, state: 'probation' }).baseWeights).toMatchObject({
      [PORT]: 80,
    });
  });
});
