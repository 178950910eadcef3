import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  decode,
  type DecodedPacket,
  encode,
  type OptAnswer,
  type Packet,
  type PacketOpt,
  RECURSION_DESIRED,
  TRUNCATED_RESPONSE,
} from 'dns-packet';
import { answerQuestion, type DnsAnswer } from './answer-question';
import {
  CODES,
  type DnsQuery,
  OPCODE_BITS,
  readQuery,
  SUBNET_OPTION,
  type SubnetOption,
} from './dns-query';
import { type AlidnsModel } from './model';

export interface DnsRequest {
  readonly bytes: Buffer;
  /** Address it came from. */
  readonly source: string;
  readonly transport: 'udp' | 'tcp';
}

const HEADER_BYTES = 12;
const REPLY_BIT = 0x8000;
/** Of 16 bits of code under EDNS the upper twelve, for code 16, an EDNS version that is not known (RFC 6891). */
const BADVERS_UPPER = 1;
const UDP_BYTES_WITHOUT_EDNS = 512;
/** What fits everywhere without fragments; also what we say we take. */
const UDP_BYTES_MAX = 1232;
const TCP_BYTES_MAX = 65_535;

/** The reply to a message, or undefined where none is due: too short to have a header, or itself a reply. Never throws. */
export function replyTo(
  model: AlidnsModel,
  request: DnsRequest,
  random: () => number,
): Buffer | undefined {
  const { bytes } = request;
  if (bytes.length < HEADER_BYTES || (bytes.readUInt16BE(2) & REPLY_BIT) !== 0) return undefined;
  const packet = decoded(bytes);
  if (packet === undefined) return bareReply(bytes, CODES.FORMERR);
  try {
    const query = readQuery(packet);
    const reply = { ...frameOf(packet), ...contentOf(model, query, request, random) };
    return encodeWithin(bytesMax(query, request), {
      ...reply,
      flags: (reply.flags ?? 0) | (packet.flags & (OPCODE_BITS | RECURSION_DESIRED)),
    });
  } catch {
    return bareReply(bytes, CODES.SERVFAIL); // a question that can be read and not be written again
  }
}

type Query = DecodedPacket & { readonly flags: number };

function decoded(bytes: Buffer): Query | undefined {
  try {
    const packet = decode(bytes);
    return { ...packet, flags: packet.flags ?? 0 };
  } catch {
    return undefined;
  }
}

/** A header alone: all that can be said to what cannot be read. */
function bareReply(bytes: Buffer, code: number): Buffer {
  const reply = Buffer.alloc(HEADER_BYTES);
  const kept = bytes.readUInt16BE(2) & (OPCODE_BITS | RECURSION_DESIRED);
  reply.writeUInt16BE(bytes.readUInt16BE(0), 0);
  reply.writeUInt16BE(REPLY_BIT | kept | code, 2);
  return reply;
}

const frameOf = ({ id, questions }: Query): Packet => ({ type: 'response', id, questions });

function contentOf(
  model: AlidnsModel,
  query: DnsQuery,
  { source }: DnsRequest,
  random: () => number,
): Packet {
  if (query.kind === 'refused') return { flags: query.code };
  if (query.kind === 'unknown-edns') return { additionals: [optOf([], BADVERS_UPPER)] };
  const { question, edns, subnet } = query;
  const line = model.lineOf(subnet?.ip ?? source);
  const name = question.name.toLowerCase();
  const answer = answerQuestion(model, { name, type: question.type, line }, random);
  return {
    flags: CODES[answer.code] | (answer.code === 'REFUSED' ? 0 : AUTHORITATIVE_ANSWER),
    answers: asAsked(answer, question.name),
    authorities: [...answer.authorities],
    additionals: edns === undefined ? [] : [optOf(subnet === undefined ? [] : [echo(subnet)])],
  };
}

/** Whoever asks in mixed case wants to see it again. */
const asAsked = ({ answers }: DnsAnswer, name: string): Answer[] =>
  answers.map((one) => (one.name === name.toLowerCase() ? { ...one, name } : one));

/** The answer holds for just the subnet that was asked for. */
const echo = ({ ip, family, sourcePrefixLength }: SubnetOption): PacketOpt => ({
  code: SUBNET_OPTION,
  ip,
  family,
  sourcePrefixLength,
  scopePrefixLength: sourcePrefixLength,
});

const optOf = (options: readonly PacketOpt[], extendedRcode = 0): OptAnswer => ({
  type: 'OPT',
  name: '.',
  udpPayloadSize: UDP_BYTES_MAX,
  extendedRcode,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [...options],
});

function bytesMax(query: DnsQuery, { transport }: DnsRequest): number {
  if (transport === 'tcp') return TCP_BYTES_MAX;
  const taken = query.kind === 'question' ? (query.edns?.udpPayloadSize ?? 0) : 0;
  return Math.max(UDP_BYTES_WITHOUT_EDNS, Math.min(UDP_BYTES_MAX, taken));
}

/** What does not fit is left out, and the client told to ask over TCP. */
function encodeWithin(max: number, reply: Packet): Buffer {
  const bytes = encode(reply);
  if (bytes.length <= max) return bytes;
  const flags = (reply.flags ?? 0) | TRUNCATED_RESPONSE;
  return encode({ ...reply, flags, answers: [], authorities: [] });
}
