import { connect } from 'node:net';
import { type Secret } from '../../shared/config/secret';
import { type Finding, unwell, well } from './finding';

/** Where one channel of `notifications` leads. */
export interface ChannelAddress {
  readonly name: string;
  /** The variable that holds its address. */
  readonly variable: string;
  /** Holds a token, so only its host is ever shown; null where the variable is not set here. */
  readonly address: Secret | null;
}

const TIMEOUT_MS = 5_000;
const PORTS: Readonly<Record<string, number>> = {
  ...{ 'https:': 443, 'http:': 80 },
  ...{ 'smtps:': 465, 'smtp:': 587 },
};

/** Whether the host of each channel takes a connection; nothing is sent, so nobody is told anything. */
export const checkChannels = async (
  channels: readonly ChannelAddress[],
): Promise<readonly Finding[]> => Promise.all(channels.map(checkChannel));

async function checkChannel({ name, variable, address }: ChannelAddress): Promise<Finding> {
  const subject = `channel ${name}`;
  if (address === null)
    return unwell('endpoints', subject, {
      status: 'skipped',
      sentence: `Where channel ${name} leads is not known here: ${variable} is not set.`,
      remedy: 'Set it as for the functions, to see whether its host is reached.',
    });
  const place = placeOf(address.reveal());
  if (place === null)
    return unwell('endpoints', subject, {
      sentence: `${variable} of channel ${name} holds no address.`,
      remedy:
        'Give the whole address of the robot, webhook or mail server, with https:// or smtp://.',
    });
  const reason = await reasonNotReached(place);
  const host = `${place.host}:${place.port}`;
  if (reason === null) return well('endpoints', subject, `Channel ${name} is reached at ${host}.`);
  return unwell('endpoints', subject, {
    sentence: `Channel ${name} cannot be reached at ${host}: ${reason}.`,
    remedy:
      'Check name resolution and firewall; functions inside a VPC need a NAT gateway on their vSwitch.',
  });
}

interface Place {
  readonly host: string;
  readonly port: number;
}

function placeOf(address: string): Place | null {
  if (!URL.canParse(address)) return null;
  const { hostname, port, protocol } = new URL(address);
  const usual = PORTS[protocol];
  if (usual === undefined || hostname === '') return null;
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? usual : Number(port) };
}

/** Null: a connection was made. */
const reasonNotReached = async ({ host, port }: Place): Promise<string | null> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIMEOUT_MS });
    const end = (reason: string | null): void => {
      socket.destroy();
      resolve(reason);
    };
    socket.once('connect', () => end(null));
    socket.once('timeout', () => end(`no answer within ${TIMEOUT_MS / 1000} s`));
    socket.once('error', ({ message }) => end(message === '' ? 'no answer' : message));
  });
