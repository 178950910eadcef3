import { type LaunchAttempt } from '../domain/scale-memory';
import { type LaunchStep } from '../domain/scale-steps';
import { operationKey } from '../domain/store-keys';
import { type TickRequest } from '../domain/tick';
import { type Ports } from '../ports/ports';

/** What a client token stands for besides its count. */
export type NotedCall = Pick<LaunchStep, 'templateId' | 'templateVersion' | 'tags'> &
  Pick<LaunchStep['attempts'][number], 'option'>;

/** One call of a launch as the store knows it. */
export interface NotedAttempt extends LaunchAttempt {
  /** It was, or was about to be, sent: with this count, and no other. */
  readonly isSent: boolean;
  /** As it was sent: a policy that has changed since does not change it. Absent before, and where it cannot be understood. */
  readonly call?: NotedCall;
}

/** What the store knows of a launch: kept up to date before and after every call. */
export interface LaunchNote {
  attempt(clientToken: string): NotedAttempt;
  attempts(): readonly LaunchAttempt[];
  launched(): number;
  /** Instances that other calls may have brought: sent, and not answered. */
  perhapsLaunched(clientToken: string): number;
  /** A definite refusal of that way to launch, in this launch. */
  isRefused(option: string): boolean;
  /** Some call of this launch was sent, or was about to be. */
  isSent(): boolean;
  /** False when a newer worker has taken over: then nothing may be sent. */
  write(attempt: NotedAttempt): Promise<boolean>;
  isFenced(): boolean;
}

/** Reads the note of a launch, or begins one. Throws `StoreUnavailable`: nothing may be launched without it. */
export async function openLaunchNote(
  step: LaunchStep,
  request: TickRequest,
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
): Promise<LaunchNote> {
  const key = operationKey(step.operationId);
  const stored = await store.read(key);
  let version = stored?.version ?? null;
  let isFenced = false;
  const noted = new Map(readAttempts(stored?.value).map((each) => [each.clientToken, each]));
  const all = new Map(
    step.attempts.map(({ clientToken, option, count }) => [
      clientToken,
      noted.get(clientToken) ?? fresh(clientToken, option.name, count),
    ]),
  );
  for (const [token, attempt] of noted) all.set(token, attempt);
  const list = (): readonly NotedAttempt[] => [...all.values()];
  return {
    attempt: (token) => all.get(token) ?? fresh(token, '', 0),
    attempts: () => list().map(withoutSent),
    launched: () => list().reduce((sum, { instanceIds }) => sum + instanceIds.length, 0),
    perhapsLaunched: (token) =>
      list()
        .filter((each) => each.isSent && each.state === 'open' && each.clientToken !== token)
        .reduce((sum, { count }) => sum + count, 0),
    isRefused: (option) =>
      list().some((each) => each.option === option && each.state === 'refused'),
    isSent: () => list().some((each) => each.isSent),
    isFenced: () => isFenced,
    write: async (attempt) => {
      const before = all.get(attempt.clientToken);
      all.set(attempt.clientToken, attempt);
      const value = {
        kind: step.kind,
        poolName: request.policy.name,
        at: clock.now(),
        attempts: list(),
      };
      const result = await store.compareAndSet(key, value, version, request.lease);
      if (result === 'stored') version = (await store.read(key))?.version ?? null;
      else {
        isFenced = true;
        // What could not be noted is not sent; what has come has come all the same.
        if (attempt.state === 'open' && before !== undefined) all.set(attempt.clientToken, before);
      }
      return result === 'stored';
    },
  };
}

const fresh = (clientToken: string, option: string, count: number): NotedAttempt => ({
  option,
  clientToken,
  count,
  state: 'open',
  code: null,
  instanceIds: [],
  isSent: false,
});

/** What cannot be understood counts as never noted: the token makes a repetition harmless, and one of another size refused. */
function readAttempts(value: unknown): readonly NotedAttempt[] {
  if (typeof value !== 'object' || value === null || !('attempts' in value)) return [];
  const attempts: readonly unknown[] = Array.isArray(value.attempts) ? value.attempts : [];
  return attempts
    .filter(isAttempt)
    .map(({ call, ...rest }) => (isCall(call) ? { ...rest, call } : rest));
}

/** A call that was tampered with could be anything: it is sent as the policy says, and the cloud refuses what differs. */
function isCall(value: unknown): value is NotedCall {
  if (typeof value !== 'object' || value === null) return false;
  const { templateId, templateVersion, tags, option } = value as Readonly<Record<string, unknown>>;
  return (
    typeof templateId === 'string' &&
    (templateVersion === null || typeof templateVersion === 'number') &&
    isTexts(tags) &&
    isOption(option)
  );
}

const isTexts = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.values(value).every((each) => typeof each === 'string');

function isOption(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  const { vSwitchId, chargeType, spotPriceMax } = fields;
  return (
    ['name', 'zoneId', 'instanceType'].every((name) => typeof fields[name] === 'string') &&
    (vSwitchId === null || typeof vSwitchId === 'string') &&
    (spotPriceMax === null || typeof spotPriceMax === 'number') &&
    (chargeType === 'spot' || chargeType === 'pay-as-you-go')
  );
}

const STATES: readonly LaunchAttempt['state'][] = ['open', 'accepted', 'refused', 'skipped'];

const TYPES: Readonly<Record<'option' | 'clientToken' | 'count' | 'isSent', string>> = {
  option: 'string',
  clientToken: 'string',
  count: 'number',
  isSent: 'boolean',
};

function isAttempt(value: unknown): value is NotedAttempt {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  const { instanceIds, state, code, count } = fields;
  return (
    Object.entries(TYPES).every(([name, type]) => typeof fields[name] === type) &&
    Number.isSafeInteger(count) &&
    Array.isArray(instanceIds) &&
    instanceIds.every((id) => typeof id === 'string') &&
    STATES.some((known) => known === state) &&
    (code === null || typeof code === 'string')
  );
}

const withoutSent = ({
  option,
  clientToken,
  count,
  state,
  code,
  instanceIds,
}: NotedAttempt): LaunchAttempt => ({ option, clientToken, count, state, code, instanceIds });
