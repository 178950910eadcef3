import { type Role } from './roles';

/** What a group of stories is about. Shares are permille. */
export interface Theme {
  readonly name: string;
  /** The first story's; the others follow. */
  readonly seed: number;
  readonly stories: number;
  readonly ticks: number;
  readonly sizes: readonly number[];
  /** What is wrong with those that are not well, and how many those are; how often that changes in a tick. */
  readonly roles: readonly Role[];
  readonly sickness: number;
  readonly change: number;
  /** Readings that are missing, too old, or just not too old. */
  readonly blindness: number;
  /** Ticks before which a person sets a weight or gives or ends an order. */
  readonly meddling: number;
  /** Ticks before which members come or go, or the store is lost. */
  readonly churn: number;
  /** Stories that begin with a memory full of boundaries, and members that are ill and remembered as held out there. */
  readonly past: number;
  readonly held: number;
  /** Those are about to be repaired, or are being repaired. */
  readonly isRepairing: boolean;
  /** Stories that begin without the store: what was held out is known by its tag alone. */
  readonly lost: number;
  /** Stories without probes. */
  readonly probeless: number;
  readonly guards: readonly ('loose' | 'tight')[];
  readonly weights: readonly ('preserve' | 'managed' | 'feedback')[];
  readonly hasRequests: boolean;
}

const ORDINARY: Theme = {
  name: 'mixed',
  seed: 1000,
  stories: 16,
  ticks: 6,
  sizes: [1, 2, 3, 4, 5, 6, 8, 12],
  roles: ['abnormal', 'half-abnormal', 'hang', 'failing', 'slow', 'stopped', 'gone', 'announced'],
  sickness: 300,
  change: 200,
  blindness: 60,
  meddling: 120,
  churn: 60,
  past: 600,
  held: 350,
  isRepairing: false,
  lost: 0,
  probeless: 100,
  guards: ['loose'],
  weights: ['preserve', 'preserve', 'managed'],
  hasRequests: false,
};

const about = (name: string, parts: Partial<Theme>): Theme => ({ ...ORDINARY, name, ...parts });

export const THEMES: readonly Theme[] = [
  ORDINARY,
  about('gray', {
    seed: 2000,
    stories: 20,
    ticks: 5,
    sizes: [5, 6, 7, 8],
    roles: ['failing', 'failing', 'slow', 'slow', 'few-failures', 'hang'],
    sickness: 220,
    change: 80,
    blindness: 20,
    meddling: 20,
    churn: 0,
    past: 800,
  }),
  about('requests', {
    seed: 3000,
    sizes: [4, 5, 6, 8],
    roles: ['failing', 'slow', 'hang', 'few-failures', 'abnormal'],
    sickness: 250,
    blindness: 100,
    meddling: 20,
    churn: 0,
    past: 900,
    probeless: 400,
    hasRequests: true,
  }),
  about('ladder', {
    seed: 4000,
    ticks: 7,
    sizes: [3, 4, 5, 10],
    sickness: 350,
    change: 60,
    blindness: 20,
    meddling: 30,
    churn: 0,
  }),
  about('recovery', {
    seed: 5000,
    ticks: 8,
    sizes: [1, 2, 3, 5],
    sickness: 120,
    change: 400,
    blindness: 30,
    meddling: 60,
    churn: 0,
    past: 1000,
  }),
  about('persons', {
    seed: 6000,
    stories: 18,
    sizes: [2, 3, 4, 6],
    sickness: 150,
    blindness: 30,
    meddling: 700,
    guards: ['loose', 'tight'],
    churn: 0,
  }),
  about('panic', {
    seed: 7000,
    stories: 14,
    ticks: 5,
    sizes: [2, 3, 4, 6, 10],
    sickness: 600,
    change: 350,
    blindness: 30,
    churn: 0,
  }),
  about('guards', {
    seed: 8000,
    stories: 22,
    ticks: 3,
    sizes: [2, 3, 3, 4, 5, 6, 8],
    roles: ['locked', 'announced', 'announced', 'failing', 'hang', 'half-abnormal', 'abnormal'],
    sickness: 500,
    blindness: 20,
    meddling: 150,
    past: 700,
    guards: ['tight'],
  }),
  about('repairs', {
    seed: 9000,
    stories: 20,
    ticks: 4,
    sizes: [2, 3, 4, 6, 10],
    roles: ['abnormal', 'abnormal', 'hang', 'failing'],
    sickness: 650,
    change: 80,
    blindness: 0,
    churn: 0,
    past: 1000,
    held: 850,
    isRepairing: true,
    guards: ['loose', 'tight'],
  }),
  about('managed', {
    seed: 10000,
    stories: 14,
    ticks: 5,
    sizes: [2, 3, 4, 6],
    roles: ['failing', 'few-failures', 'few-failures', 'slow', 'abnormal', 'stopped'],
    sickness: 250,
    blindness: 250,
    weights: ['managed', 'feedback', 'feedback'],
    hasRequests: true,
  }),
  about('blind', {
    seed: 11000,
    sizes: [1, 2, 3, 4, 5],
    roles: ['abnormal', 'unavailable', 'hang', 'failing', 'stopped', 'gone', 'locked', 'unseen'],
    blindness: 450,
    probeless: 300,
    churn: 20,
  }),
  about('newcomers', { seed: 12000, sizes: [1, 2, 3, 4, 6], sickness: 150, churn: 500, past: 500 }),
  about('lost', {
    seed: 20_000,
    stories: 14,
    ticks: 3,
    sizes: [2, 3, 4],
    sickness: 500,
    blindness: 20,
    churn: 100,
    past: 1000,
    held: 800,
    isRepairing: true,
    lost: 1000,
  }),
  about('vantage', {
    seed: 13000,
    ticks: 5,
    sizes: [2, 3, 4, 6],
    roles: ['hang', 'hang', 'half-failing', 'abnormal', 'stopped'],
    sickness: 450,
    change: 300,
    churn: 0,
  }),
  about('events', {
    seed: 14000,
    sizes: [3, 4, 5],
    roles: ['locked', 'announced', 'announced', 'announced', 'gone', 'stopped'],
    change: 120,
    churn: 0,
  }),
  about('large', {
    seed: 15000,
    stories: 2,
    ticks: 3,
    sizes: [40],
    sickness: 60,
    change: 30,
    past: 1000,
  }),
];
