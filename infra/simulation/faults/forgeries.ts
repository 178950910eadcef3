import { type DoorbellReply } from '../history';
import { type Deployment } from '../deployment';
import { type Dice } from '../dice';
import { ALARM_SECRET } from '../handlers';
import { type Field, type Inject } from './field';

interface Forgery {
  /** Whoever sent it had what it takes: it is a wake-up like any other, and nothing more. */
  readonly isAdmitted?: true;
  readonly function: DoorbellReply['function'];
  readonly payload: (field: Field, dice: Dice) => unknown;
}

/** An HTTP trigger’s event. */
export const httpCall = (path: string, body: string, headers: object = {}): object => ({
  ...{ version: 'v1', rawPath: path, body, isBase64Encoded: false, headers, queryParameters: {} },
  requestContext: { http: { method: 'POST', path } },
});

const orders = (field: Field, dice: Dice): string => {
  const found = field.member(dice);
  const instanceId = found?.instance.instanceId ?? 'i-nobody';
  return JSON.stringify({ instanceIds: [instanceId], reason: 'weight to 0, then delete it' });
};

const FORGERIES: readonly Forgery[] = [
  { function: 'on-alarm', payload: (field, dice) => httpCall('/wrong', orders(field, dice)) },
  {
    function: 'on-alarm',
    isAdmitted: true,
    payload: (field, dice) => httpCall(`/${ALARM_SECRET}`, orders(field, dice)),
  },
  { function: 'on-alarm', payload: () => httpCall(`/${ALARM_SECRET}`, 'alertState=ALERT&dimens%') },
  {
    function: 'on-alarm',
    payload: () => httpCall(`/${ALARM_SECRET}`, '{"pools":["no-such-pool"]}'),
  },
  { function: 'on-event', payload: () => ({ specversion: '1.0', id: '', type: 7 }) },
  {
    function: 'on-event',
    isAdmitted: true,
    payload: (field, dice) => ({
      ...{ specversion: '1.0', id: 'forged', source: 'acs.ecs', type: 'ecs:Instance:StateChange' },
      data: { resourceId: field.member(dice)?.instance.instanceId ?? 'i-nobody', state: 'Deleted' },
    }),
  },
  { function: 'on-timer', payload: () => ({ triggerTime: 'now' }) },
];

/** Somebody calls a doorbell with what is forged, false or malformed. */
export const forge: Inject = (field, dice) => {
  const deployment = field.deployment(dice);
  if (deployment.isDark) return;
  const { function: name, payload, isAdmitted = false } = dice.pick(FORGERIES);
  field.tell('event-forged', deployment.regionId, name);
  void ring(deployment, name, payload(field, dice), !isAdmitted);
};

/** Calls a doorbell and writes down what it answered. */
export async function ring(
  deployment: Deployment,
  name: DoorbellReply['function'],
  payload: unknown,
  isForged: boolean,
): Promise<number> {
  const { chronicle, clock } = deployment.cosmos;
  const reply = await deployment.run(name, payload).catch(() => ({ statusCode: 500 }));
  const status = statusOf(reply);
  const body = JSON.stringify(reply ?? '');
  const { regionId } = deployment;
  chronicle.tell({
    kind: 'doorbell',
    at: clock.now(),
    regionId,
    function: name,
    isForged,
    status,
    body,
  });
  return status;
}

/** As over HTTP: a malformed event is taken off the queue, and refused all the same. */
function statusOf(reply: unknown): number {
  const { statusCode, kind } = (reply ?? { statusCode: 504 }) as Readonly<Record<string, unknown>>;
  if (typeof statusCode === 'number') return statusCode;
  return kind === 'malformed' ? 400 : 200;
}
